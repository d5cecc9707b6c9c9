/// Words as a shell reads them.
enum ShellText {
    /// One word in single quotes, so that no shell sees anything special in it.
    static func quoted(_ word: String) -> String {
        let isPlain = !word.isEmpty && word.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
            // + , - . / : = @ _
            case 0x2b...0x2f, 0x3a, 0x3d, 0x40, 0x5f: true
            default: false
            }
        }
        if isPlain { return word }
        var text = "'"
        for character in word.unicodeScalars {
            if character == "'" { text += "'\\''" } else { text.unicodeScalars.append(character) }
        }
        return text + "'"
    }

    static func command(_ words: [String]) -> String {
        words.map { quoted($0) }.joined(separator: " ")
    }
}
