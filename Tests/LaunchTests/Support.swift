import Foundation

/// Whether a process exists and has not ended; one that nobody has waited for yet has.
func isAlive(_ process: pid_t) -> Bool {
    guard let file = fopen("/proc/\(process)/stat", "re") else { return false }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = fread(&bytes, 1, bytes.count, file)
    let text = String(decoding: bytes.prefix(count), as: UTF8.self)
    guard let name = text.lastIndex(of: ")") else { return false }
    return !text[name...].hasPrefix(") Z") && !text[name...].hasPrefix(") X")
}

/// Runs the body with a new directory, which is removed afterwards. Its path has no link in it.
func withTemporaryDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    var template = Array("/tmp/hayate-launch-tests-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw POSIXFailure(number: errno) }
    let path = String(cString: made)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

struct POSIXFailure: Error {
    var number: Int32
}

func read(_ path: String) throws -> String {
    guard let file = fopen(path, "re") else { throw POSIXFailure(number: errno) }
    defer { fclose(file) }
    var text: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = fread(&bytes, 1, bytes.count, file)
        guard count > 0 else { return String(decoding: text, as: UTF8.self) }
        text += bytes.prefix(count)
    }
}

func write(_ text: String, to path: String, appending: Bool = false) throws {
    guard let file = fopen(path, appending ? "ae" : "we") else { throw POSIXFailure(number: errno) }
    defer { fclose(file) }
    fwrite(text, 1, text.utf8.count, file)
}
