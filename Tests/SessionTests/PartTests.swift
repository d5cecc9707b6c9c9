import HayateCore
import HayateDaemon
import HayateJournal
import Testing

@testable import Hayate

@Suite("Parts of a session's host")
struct PartTests {
    @Test("Terms of a task are small where all is as usual, and come back whole")
    func terms() throws {
        let plain = SessionTask(type: "t", body: [], label: "sim 1")
        #expect(TaskTerms(plain, needs: []).written().count == 6)
        #expect(TaskTerms(reading: TaskTerms(plain, needs: []).written()) == TaskTerms(plain, needs: []))
        #expect(TaskTerms(reading: []) == nil)
        var task = plain
        task.timeout = 5
        task.priority = -3
        task.retry.attempts = 4
        task.retry.losses = 0
        task.timeRequest = 7
        task.resources = SessionResources(ResourceRequest(cpus: 2, gpus: 1, memory: 9, named: ["licence": 1]))
        let needs = [TaskKey(submission: 3, element: 9)]
        let read = try #require(TaskTerms(reading: TaskTerms(task, needs: needs).written()))
        #expect(read == TaskTerms(task, needs: needs))
        let spec = read.spec(bytes: 11)
        #expect(spec.priority == -3 && spec.timeout == .nanoseconds(5) && spec.timeRequest == .nanoseconds(7))
        #expect(spec.retry.losses == 0 && spec.retry.failures?.attempts == 4)
        #expect(spec.resources?.named == ["licence": 1])
        #expect(read.keys == needs)
        #expect(TaskTerms(reading: [1, 2, 3]) == nil)
    }

    @Test("A label is cut at 200 bytes, and not within a character")
    func label() {
        let task = SessionTask(type: "t", body: [], label: String(repeating: "é", count: 300))
        let label = TaskTerms(task, needs: []).label
        #expect(label.utf8.count <= 200 && label.hasPrefix("éé") && label.hasSuffix("…"))
    }

    @Test("Rates are of the last minute, second by second")
    func rates() {
        var rates = SecondRates()
        #expect(rates.values(at: 1_000).isEmpty)
        rates.add(5, at: 1_000)
        rates.add(2, at: 1_000)
        rates.add(1, at: 1_003)
        #expect(rates.values(at: 1_003).suffix(4) == [7, 0, 0, 1])
        #expect(rates.values(at: 1_059).first == 7)
        #expect(rates.values(at: 1_060).reduce(0, +) == 1)
        #expect(rates.values(at: 9_999).reduce(0, +) == 0)
        #expect(rates.values(at: 9_999).count == 60)
    }

    @Test("Outcomes are written with their kind, and read with what was printed")
    func outcomes() {
        var printed = TaskOutput()
        printed.standardError = Array("oh".utf8)
        let (status, body) = DurableOutcome.write(.valueWithOutput([1, 2], printed))
        #expect(status == 0)
        let text = SessionOutcomeText(
            task: SessionTaskName(submission: "a", element: 1), number: 4, attempt: 1, daemon: "d", ended: 1_500,
            taskTime: 2_000_000_000, status: status, body: body)
        #expect(text.outcome.ended == 1.5 && text.outcome.taskTime == 2)
        #expect((try? text.outcome.result.get()) == [1, 2])
        #expect(text.outcome.output?.errorText == "oh")
        for (code, kind) in [
            (HayateError.Code.cancelled, DurableOutcome.cancelled), (.neededFailed, .neededFailed),
            (.taskFailed, .failed), (.daemonLost, .failed),
        ] {
            #expect(DurableOutcome.write(.error(HayateError(code, "x"))).status == kind.rawValue)
        }
    }

    @Test("Log lines come back behind a position, and the oldest go when two files are full")
    func log() async throws {
        let directory = try TemporaryDirectory()
        let log = SessionLog(at: directory("log"), mostBytes: 4_000)
        log.add("first\nline", by: "a/1")
        await log.flush()
        let (lines, position) = log.lines(from: SessionLog.Position())
        #expect(lines.count == 1 && lines[0].hasSuffix(" a/1 first line"))
        for number in 0..<400 { log.add("line \(number)", by: "a/2") }
        await log.flush()
        var all: [String] = []
        var next = position
        while true {
            let (lines, behind) = log.lines(from: next)
            if behind == next { break }
            all += lines
            next = behind
        }
        #expect(all.last?.hasSuffix(" a/2 line 399") == true)
        #expect(all.count > 50 && all.count < 400)
        #expect(Set(TemporaryDirectory.names(in: directory.path)) == ["log", "log.1"])
        // Another host goes on in the same file.
        let second = SessionLog(at: directory("log"), mostBytes: 4_000)
        let behind = second.lines(from: SessionLog.Position()).next
        #expect(second.lines(from: behind).lines.last?.hasSuffix(" a/2 line 399") == true)
    }

    @Test("A bell wakes whoever waits, and whoever looked before it rang does not wait")
    func bell() async {
        let bell = Bell()
        let rings = bell.rings
        bell.ring()
        await bell.wait(beyond: rings)
        let now = bell.rings
        let waiting = Task { await bell.wait(beyond: now) }
        bell.ring()
        await waiting.value
        let cancelled = Task { await bell.wait(beyond: bell.rings) }
        cancelled.cancel()
        await cancelled.value
    }
}
