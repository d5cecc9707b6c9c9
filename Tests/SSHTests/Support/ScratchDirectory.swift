import Glibc
import Testing

/// A directory that goes with its last reference.
final class ScratchDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/hayate-tests-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// - Returns: the file's path.
    @discardableResult
    func write(_ name: String, _ text: String, mode: mode_t = 0o600) throws -> String {
        let path = self(name)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        // Whatever the mask of this process.
        try #require(fchmod(descriptor, mode) == 0)
        let bytes = Array(text.utf8)
        try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        return path
    }

    func makeDirectory(_ name: String) throws { try #require(mkdir(self(name), 0o700) == 0) }

    /// Copies a file, with a mode of its own.
    @discardableResult
    func copy(_ path: String, to name: String, mode: mode_t = 0o600) throws -> String {
        try write(name, try #require(readFile(path)), mode: mode)
    }

    private static func remove(_ path: String) {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { remove("\(path)/\(name)") }
            }
            closedir(directory)
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}
