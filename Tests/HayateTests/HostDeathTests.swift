import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Death of the host") struct HostDeathTests {
        @Test func nothingIsLeftOfAKilledHost() async throws {
            let files = try TemporaryDirectory()
            let host = try Child(
                Program.testDaemon, ["host", files("work")],
                environment: ["XDG_RUNTIME_DIR": files.path])
            try await eventually("its daemons work") { host.line("daemons") != nil }
            let daemons = try #require(host.line("daemons")).compactMap { Int32($0) }
            let command = SignalFile.lines(files("work.command")).joined(separator: " ")
                .split(separator: " ").compactMap { Int32($0) }
            #expect(daemons.count == 2)
            #expect(command.count == 2)
            for process in daemons + command { #expect(isAlive(process)) }
            kill(host.pid, SIGKILL)
            try await host.isOver()
            try await eventually("its daemons and their children are gone") {
                !(daemons + command).contains { isAlive($0) }
            }
            #expect(SignalFile.exists(files("work.cancelled")))
            // A killed process cannot remove its socket.
            for name in TemporaryDirectory.names(in: files.path) where name.hasPrefix("hayate-") {
                unlink(files(name) + "/pool")
            }
        }
    }
}
