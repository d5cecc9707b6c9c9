import Foundation
import Glibc
import Hayate
import HayateCore
import HayateTestTasks
import Testing

/// X9 and X10 of docs/guarantees.md: a disk that is full, fails or vanishes under a session.
@Suite("Disks that are full or fail", .serialized, .timeLimit(.minutes(10)))
struct DiskTests {
    @Test("X9: a full disk stops acceptance, costs no outcome, and heals", .enabled(if: getuid() == 0))
    func fullDisk() async throws {
        let session = try TestSession(daemons: 2)
        // What is mounted here is seen by this process and those it starts: taken away at the end in any case.
        let place = session.directory
        guard mount("hayate", place, "tmpfs", 0, "size=16m,mode=0700") == 0 else {
            print("skipped: X9 needs to mount a tmpfs: \(String(cString: strerror(errno)))")
            return
        }
        defer { umount2(place, Int32(MNT_DETACH)) }
        try await session.start()
        let client = try await session.connect()
        defer { client.close() }
        var options = SubmissionOptions()
        options.name = "work"
        _ = try await client.begin(options)
        let gates = try (0..<2).map { try SessionTask.task(Gate(session("gate\($0)"))) }
        try await client.add(gates, to: "work", first: 0)
        for element in 0..<2 {
            try await eventually("task \(element) runs") { SignalFile.exists(session("gate\(element).started")) }
        }
        // Something else fills the disk.
        let filler = session("filler")
        let file = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        let block = [UInt8](repeating: 1, count: 64 << 10)
        while write(file, block, block.count) == block.count {}
        close(file)
        var accepted = 2
        var refusal: HayateError?
        for _ in 0..<2_000 {
            do throws(HayateError) {
                let task = SessionTask(type: "none", body: [UInt8](repeating: 0, count: 20_000), label: "large")
                try await client.add([task], to: "work", first: UInt32(accepted))
                accepted += 1
            } catch {
                refusal = error
                break
            }
        }
        #expect(refusal?.code == .journalFull, "\(String(describing: refusal))")
        // What was begun ends, and that is kept: signals of the test need room too.
        _ = try await client.cancel(.tasks((2..<max(3, accepted)).map { SessionTaskName(submission: "work", element: UInt32($0)) }))
        truncate(filler, off_t(block.count * 16))
        for element in 0..<2 { try SignalFile.write(session("gate\(element).release")) }
        try await eventually("both outcomes are there") {
            try await client.results(of: "work").filter { $0.task.element < 2 }.count == 2
        }
        unlink(filler)
        try await eventually("the session accepts again") {
            do throws(HayateError) {
                try await client.add([try SessionTask.task(AppendLine("/dev/null", "again"))], to: "work", first: UInt32(accepted))
                return true
            } catch {
                guard error.code == .journalFull else { throw error }
                return false
            }
        }
        accepted += 1
        // And all of it is on disk.
        client.close()
        try await session.kill()
        try await session.start()
        let second = try await session.connect()
        defer { second.close() }
        try await eventually("all have ended") {
            try await second.submission("work").map { $0.waiting + $0.running == 0 && $0.total == accepted } ?? false
        }
        let outcomes = try await second.results(of: "work")
        #expect(outcomes.count == accepted)
        try await session.stop()
        printRow(
            "X9", "disk full under the journal (16 MiB tmpfs)",
            "\(accepted - 1) tasks accepted before, then journalFull; outcomes of running tasks kept, accepts again with "
                + "room, 0 lost")
    }

    @Test("X10: a disk that fails ends the session with a sentence; daemons keep what they have, and the next host gets it")
    func failingDisk() async throws {
        let rounds = Scale.number("HAYATE_DISK_ROUNDS", 3)
        for _ in 0..<rounds {
            let session = try TestSession(daemons: 2)
            let disk = try BrokenDisk(in: session.directory)
            try await session.start(with: disk.environment)
            let client = try await session.connect()
            var options = SubmissionOptions()
            options.name = "work"
            _ = try await client.begin(options)
            let gate = session("gate")
            try await client.add([try SessionTask.task(Gate(gate))], to: "work", first: 0)
            try await eventually("the task runs") { SignalFile.exists(gate + ".started") }
            let before = session.exits.count
            try disk.breakNow()
            try SignalFile.write(gate + ".release")
            try await eventually("the host ends") { session.exits.count > before }
            client.close()
            #expect(session.exits.last == .exited(code: 3))
            #expect(session.said.contains { $0.hasPrefix("error journalFailed ") }, "\(session.said)")
            disk.mend()
            try await session.start(with: disk.environment)
            let second = try await session.connect()
            defer { second.close() }
            try await eventually("the outcome is there") { try await second.results(of: "work").count == 1 }
            #expect(try await second.results(of: "work")[0].attempt == 1)
            #expect(SignalFile.lines(gate + ".finished") == ["1"])
            try await session.stop()
        }
        printRow(
            "X10", "synchronizing the journal fails",
            "\(rounds) times: the host ends with a sentence, nothing unwritten was said, the outcome came to the next "
                + "host, 0 second starts")
    }
}
