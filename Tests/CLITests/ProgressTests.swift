import Hayate
import Testing

@testable import HayateCLI

@Suite struct ProgressTests {
    private let snapshot = ProgressSnapshot(
        done: 45_123, failed: 3, running: 8, total: 100_000, elapsed: 40, perSecond: 1234)

    @Test(arguments: [
        (100, "[#############-----------------]  45,123 of 100,000 (45 %)  3 failed  1,234/s  44 s left  8 running"),
        (80, "[####-------]  45,123 of 100,000 (45 %)  3 failed  1,234/s  44 s left  8 running"),
        (60, "45,123 of 100,000 (45 %)  3 failed  1,234/s  44 s left"), (30, "45,123 of 100,000 (45 %)"),
        (10, "45,123 of "),
    ])
    func lines(_ width: Int, _ expected: String) {
        #expect(ProgressLine.text(snapshot, width: width) == expected)
    }

    @Test func unknownTotalAndWaiting() {
        var snapshot = ProgressSnapshot(done: 12, elapsed: 75)
        snapshot.waitReason = "waiting for daemons"
        #expect(ProgressLine.text(snapshot, width: 80) == "12 done  1 min 15 s  waiting for daemons")
        #expect(ProgressLine.text(ProgressSnapshot(total: 0), width: 80) == "0 of 0  0.0 s  0 running")
    }

    @Test("A long reason is cut, and stays in front of nothing else")
    func longReason() {
        var snapshot = ProgressSnapshot(total: 100, elapsed: 12)
        snapshot.waitReason = "100 tasks wait for daemons: job 4711 is pending (Priority), and 15 more"
        #expect(
            ProgressLine.text(snapshot, width: 80)
                == "0 of 100 (0 %)  12 s  100 tasks wait for daemons: job 4711 is pending (Priority…")
        #expect(ProgressLine.text(snapshot, width: 40) == "0 of 100 (0 %)  12 s  100 tasks wait fo…")
        #expect(ProgressLine.text(snapshot, width: 30) == "0 of 100 (0 %)  12 s")
        snapshot.running = 1
        #expect(ProgressLine.text(snapshot, width: 80).hasSuffix("1 running"))
    }

    @Test func neverWiderThanTheTerminal() {
        for width in 0...200 {
            for (total, reason) in [(nil, nil), (0, "job 4711 is pending (Priority)"), (1, nil), (100_000, "x")] {
                var snapshot = snapshot
                snapshot.total = total
                if let reason { (snapshot.running, snapshot.waitReason) = (0, reason) }
                #expect(ProgressLine.text(snapshot, width: width).count <= width)
            }
        }
    }

    @Test func rateLooksBackThirtySeconds() {
        var rate = RateWindow()
        #expect(rate.perSecond == nil)
        for second in 1...100 { rate.add(time: Double(second), done: 10 * second) }
        #expect(rate.perSecond == 10)
        for second in 101...140 { rate.add(time: Double(second), done: 1000 + 2 * (second - 100)) }
        #expect(rate.perSecond == 2)
        for tick in 1...1000 { rate.add(time: 140 + Double(tick) / 100, done: 1080) }
        #expect((rate.perSecond ?? 0) < 2)
    }

    @Test func humanText() {
        #expect([0, 999, 1000, -1_234_567].map(HumanText.number) == ["0", "999", "1,000", "-1,234,567"])
        #expect(
            [0, 0.44, 9.96, 59.4, 60, 3661, 90_000, .infinity].map(HumanText.time) == [
                "0.0 s", "0.4 s", "10 s", "59 s", "1 min 0 s", "1 h 1 min", "1 d 1 h", "?",
            ])
        #expect(
            [0, 12_345, 2.54, 0.2, 0.001].map(HumanText.rate) == ["0/s", "12,345/s", "2.5/s", "12/min", "4/h"])
        #expect(HumanText.command(["a", "b c", "", "it's"]) == #"a 'b c' '' 'it'\''s'"#)
    }

    @Test func summaryOfFailures() {
        var summary = RunSummary()
        (summary.succeeded, summary.failed, summary.reused) = (1000, 12, 7)
        (summary.total, summary.elapsed, summary.seed) = (1012, 75, 42)
        var outcome = ElementOutcome(status: .signalled(9), attempts: 2)
        let element = InputElement(index: 17, values: ["1.2", "a b"])
        let record = OutcomeRecord(element: element, seed: 0, outcome: outcome)
        let columns = try? InputColumns(names: ["mass", nil])
        guard let columns else { return #expect(Bool(false)) }
        summary.failures = [
            FailureReport(record, columns: columns, tail: Array("x\n1\n2\n3\n4\u{1B}[2J\n5\n".utf8))
        ]
        #expect(
            summary.text(results: "out") == """
                hayate: element 17 (mass=1.2 'a b'): ended by SIGKILL (often: out of memory) in each of 2 attempts
                    | 1
                    | 2
                    | 3
                    | 4?[2J
                    | 5
                hayate: and 11 more that failed
                hayate: 1,000 of 1,012 succeeded (7 of them in an earlier run), 12 failed in 1 min 15 s; seed 42
                hayate: the results are in out; the same command again runs only what is missing or failed

                """)
        #expect(summary.exitCode == 1)
        summary.stop = .interrupted
        summary.total = nil
        #expect(summary.exitCode == 130)
        #expect(summary.text(results: nil).contains("hayate: interrupted\nhayate: 1,000 of 1,012 or more"))
        outcome.status = .failed(exitCode: 127)
        outcome.attempts = 1
        #expect(
            FailureReport.describe(OutcomeRecord(element: element, seed: 0, outcome: outcome))
                == "exit 127 (command not found)")
    }
}

@Suite struct InOrderTests {
    @Test func anyOrderGoesOutInOrder() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            var order = InOrder<Int>(span: 50, byteLimit: 100)
            var (released, started): ([Int], Int) = ([], 0)
            var running: [Int] = []
            while released.count < 300 {
                while started < 300, order.allowance(lastStarted: started) > 0 {
                    started += 1
                    running.append(started)
                }
                #expect(started < order.next + 50)
                let index = running.remove(at: Int.random(in: 0..<running.count, using: &generator))
                if !order.shouldSpill(index: index, bytes: 10) {
                    order.insert(index, at: index, bytes: 10)
                } else {
                    order.insert(index, at: index, bytes: 0)
                }
                #expect(order.heldBytes <= 110)
                order.sanityCheck()
                while let item = order.release() { released.append(item) }
            }
            #expect(released == Array(1...300))
            #expect(order.waitingCount == 0 && order.heldBytes == 0)
        }
    }
}
