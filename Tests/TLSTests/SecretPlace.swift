import Glibc

@testable import HayateTLS

/// A directory for files with secrets, gone after the test.
struct SecretPlace {
    let path: String

    struct CannotMake: Error {}

    static func with<Result>(_ body: (SecretPlace) throws -> Result) throws -> Result {
        var template = Array("/tmp/hayate-secrets-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CannotMake() }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { removeTree(path) }
        return try body(SecretPlace(path: path))
    }

    /// Makes a file.
    func file(_ name: String, _ text: String = "secret\n", mode: mode_t = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw CannotMake() }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count, fchmod(descriptor, mode) == 0 else {
            throw CannotMake()
        }
        return file
    }

    /// Makes a directory.
    func directory(_ name: String, mode: mode_t = 0o700) throws -> String {
        let directory = "\(path)/\(name)"
        guard mkdir(directory, 0o700) == 0, chmod(directory, mode) == 0 else { throw CannotMake() }
        return directory
    }

    /// The names in it, without the two that all directories have.
    func names(in directory: String) -> [String] { Self.names(directory).sorted() }

    private static func names(_ directory: String) -> [String] {
        guard let entries = opendir(directory) else { return [] }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { continue }
            let start = UnsafeRawPointer(entry).advanced(by: offset)
            let name = String(cString: start.assumingMemoryBound(to: CChar.self))
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func removeTree(_ path: String) {
        for name in names(path) {
            let below = "\(path)/\(name)"
            var status = stat()
            guard lstat(below, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR { removeTree(below) } else { unlink(below) }
        }
        rmdir(path)
    }
}

extension SecretBytes {
    /// For tests only.
    var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
}

/// Why it was refused; nil if it was not.
func refusal(_ body: () throws -> Void) -> KeyFileError? {
    do {
        try body()
        return nil
    } catch let error as KeyFileError {
        return error
    } catch {
        return KeyFileError(.system(0), "\(error)")
    }
}
