import CSystem
import Foundation
import HayateCore
import HayateLaunch
import Testing

@Suite struct KilledHostTests {
    @Test("a host that is killed while it writes leaves all that it had been told is on the disk", arguments: 1...8)
    func killed(_ lines: Int) async throws {
        try await withTemporaryDirectory { directory in
            let registry = AllocationRegistry(path: directory + "/allocations")
            var ends: [Int32] = [-1, -1]
            try #require(hayate_pipe(&ends) == 0)
            defer { close(ends[0]) }
            let (exits, continuation) = AsyncStream.makeStream(of: ProcessExit.self)
            let host = try LocalProcess.spawn(
                executable: Self.program, arguments: [registry.path], standardOutput: ends[1]
            ) { exit in
                continuation.yield(exit)
                continuation.finish()
            }
            close(ends[1])
            let output = try #require(fdopen(dup(ends[0]), "r"))
            defer { fclose(output) }
            let id = try #require(Self.line(of: output))
            let living = try registry.read(id)
            #expect(living.life == .alive)
            // The moment of the kill is anywhere in what comes after so many submissions.
            for _ in 0..<(lines * 7) { _ = Self.line(of: output) }
            host.send(signal: SIGKILL)
            var last = lines * 7
            while let line = Self.line(of: output), let number = Int(line) { last = number }
            for await exit in exits { #expect(exit == .signalled(number: SIGKILL, coreDumped: false)) }

            let left = try registry.read(id)
            #expect(left.life == .gone && left.problems == [] && !left.isFinished)
            #expect(left.submissions.filter { $0.job != nil }.count >= last)
            #expect(left.submissions.count <= last + 2)
            #expect(left.submissions.prefix(last - 1).allSatisfy { !$0.isOpen })
            // Whoever cleans up goes on in the same file.
            try registry.open(id).cancelled(.init(submission: 1, element: nil))
            let after = try registry.read(id)
            #expect(after.submissions[0].cancelled.count == 1 && after.problems == [])
            #expect(after.submissions.map(\.answer) == left.submissions.map(\.answer))
            try registry.remove(id)
        }
    }

    private static func line(of file: UnsafeMutablePointer<FILE>) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        var room = 0
        defer { free(text) }
        guard getline(&text, &room, file) > 0, let text else { return nil }
        return String(cString: text).trimmingCharacters(in: .newlines)
    }

    /// Built with the tests, and beside them.
    private static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("hayate-test-journal").path
}
