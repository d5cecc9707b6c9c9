import Foundation
import Hayate
import Logging
import Synchronization
import Testing

@testable import HayateCLI

@Suite("The log of the program") struct ProgramLogTests {
    @Test("A message is one line, whatever it holds")
    func oneLine() {
        #expect(ProgramLogHandler.line("3 jobs are lost", [:]) == "hayate: 3 jobs are lost\n")
        #expect(
            ProgramLogHandler.line("a\nb\u{1B}[2Kc", ["task": "7", "daemon": "n1:2"])
                == "hayate: a b?[2Kc (daemon=n1:2, task=7)\n")
    }

    @Test("HAYATE_LOG chooses the lowest level, and a wrong one is refused")
    func levels() throws {
        #expect(try ProgramLog.level(nil) == .warning)
        #expect(try ProgramLog.level("") == .warning)
        #expect(try ProgramLog.level("Debug") == .debug)
        let error = #expect(throws: CommandLineError.self) { try ProgramLog.level("loud") }
        #expect(error?.message.contains("HAYATE_LOG is 'loud'") == true)
        #expect(error?.hint.contains("warning") == true)
    }

    @Test("A logger writes what reaches its level, without time, level and label")
    func logger() async throws {
        try await withFile { descriptor, text in
            let lines = LogLines(descriptor: descriptor)
            let logger = Logger(label: "hayate.cluster") { _ in ProgramLogHandler(lines, level: .warning) }
            logger.info("too quiet")
            logger.warning("job 4711 was lost", metadata: ["node": "n1"])
            let written = try text()
            #expect(written == "hayate: job 4711 was lost (node=n1)\n")
        }
    }

    @Test("Lines go to the receiver while it takes them, and to the descriptor otherwise")
    func receiver() async throws {
        try await withFile { descriptor, text in
            let lines = LogLines(descriptor: descriptor)
            let received = Mutex<[String]>([])
            lines.send { line in
                received.withLock { $0.append(line) }
                return line != "c\n"
            }
            lines.write("a\n")
            var written = try text()
            #expect(written == "")
            lines.write("c\n")
            lines.send(nil)
            lines.write("d\n")
            #expect(received.withLock { $0 } == ["a\n", "c\n"])
            written = try text()
            #expect(written == "c\nd\n")
        }
    }

    @Test("A line takes the progress line away")
    func progressLineGivesWay() async throws {
        try await withFile { descriptor, text in
            var console = Console(
                output: descriptor, error: descriptor,
                display: ProgressDisplay(descriptor: descriptor, isEnabled: true))
            console.display.draw(ProgressSnapshot(done: 1, total: 2, elapsed: 1))
            console.say("hayate: note\n")
            let before = try text()
            #expect(before.hasSuffix("\r\u{1B}[Khayate: note\n"))
            console.say("hayate: again\n")
            let after = try text()
            #expect(after == before + "hayate: again\n", "nothing is drawn, and nothing taken away")
        }
    }

    private func withFile(_ body: (Int32, () throws -> String) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/err"
            let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            defer { close(descriptor) }
            try await body(descriptor) { try read(path) }
        }
    }
}
