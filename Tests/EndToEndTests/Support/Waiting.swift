import Foundation
import Testing

struct DidNotHappen: Error, CustomStringConvertible {
    var description: String
}

/// Looks again and again until something is so; throws when it is not so in time.
func eventually(
    _ what: String, within limit: Duration = .seconds(60), _ condition: () throws -> Bool
) async throws {
    guard try await becomesTrue(within: limit, condition) else {
        throw DidNotHappen(description: "did not happen within \(limit): \(what)")
    }
}

func becomesTrue(within limit: Duration, _ condition: () throws -> Bool) async rethrows -> Bool {
    let end = ContinuousClock.now + limit
    while try !condition() {
        guard ContinuousClock.now < end else { return false }
        try? await Task.sleep(for: .milliseconds(20))
    }
    return true
}

/// An empty directory that is gone after the test.
func withDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let path = NSTemporaryDirectory() + "/hayate-end-to-end-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
}

/// The lines of a file; none when there is no such file.
func lines(_ path: String) -> [String] {
    ((try? text(path)) ?? "").split(separator: "\n").map(String.init)
}
