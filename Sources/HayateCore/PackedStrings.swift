/// Strings as C reads them one after the other, each ended by a NUL byte.
package struct PackedStrings: Sendable {
    /// All strings with their NUL bytes. Never empty, so that it always has an address.
    package private(set) var bytes: [UInt8] = [0]

    /// How many strings there are.
    package private(set) var count = 0

    package init() {}

    /// Appends a string. Returns `false`, and appends nothing, if it has a NUL byte in it.
    package mutating func append(_ string: String) -> Bool {
        var string = string
        let appended = string.withUTF8 { text in
            guard !text.contains(0) else { return false }
            bytes.removeLast()
            bytes.append(contentsOf: text)
            return true
        }
        guard appended else { return false }
        // One ends the string, the other stands for the one that may follow.
        bytes.append(0)
        bytes.append(0)
        count += 1
        return true
    }

    /// Appends `name=value`. Returns `false`, and appends nothing, if that cannot be a variable.
    package mutating func append(variable name: String, value: String) -> Bool {
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")) else { return false }
        return append("\(name)=\(value)")
    }
}
