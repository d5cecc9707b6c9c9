import Glibc

/// Paths in sentences and in commands that a person may copy into a shell.
package enum PathText {
    /// As it is if a shell reads it as one plain word, else quoted.
    package static func word(_ path: String) -> String {
        // Somebody gave the key instead of its file: an error text must not spread it.
        if path.contains("hayate-key-") || path.contains("hayate-secret-") || path.contains("PRIVATE KEY") {
            return "(a key where its file's path was wanted)"
        }
        let isPlain = path.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x80...0xff: true
            default: "/._-+@%:,=".utf8.contains(byte)
            }
        }
        if isPlain, !path.isEmpty { return path }
        var quoted = "'"
        for character in path.unicodeScalars {
            if character == "'" {
                quoted += "'\\''"
            } else if character.value < 0x20 || character.value == 0x7f {
                // Would do something to the terminal.
                quoted += "?"
            } else {
                quoted.unicodeScalars.append(character)
            }
        }
        return quoted + "'"
    }

    /// The directory part and the last part. The latter is empty if the path names no file.
    package static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", fileName(path)) }
        let directory = path[..<slash]
        let name = fileName(String(path[path.index(after: slash)...]))
        return (directory.isEmpty ? "/" : String(directory), name)
    }

    private static func fileName(_ name: String) -> String {
        name == "." || name == ".." ? "" : name
    }

    /// What the system says about an error number.
    package static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}
