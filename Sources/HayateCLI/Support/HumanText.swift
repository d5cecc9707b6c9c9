import Hayate

/// Commands as people read them.
extension HumanText {
    /// The words of a command as one could type them into a shell.
    static func command(_ arguments: [String]) -> String {
        arguments.map(shellWord).joined(separator: " ")
    }

    /// One word in single quotes where a shell would otherwise read it differently.
    static func shellWord(_ word: String) -> String {
        let isPlain = !word.isEmpty && word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: ","), UInt8(ascii: ":"),
                UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "@"), UInt8(ascii: "%"):
                true
            default: false
            }
        }
        if isPlain { return word }
        // By scalars: a quote with an accent behind it is another character to Swift, and still a quote to a shell.
        return "'" + word.unicodeScalars.map { $0 == "'" ? #"'\''"# : String($0) }.joined() + "'"
    }
}
