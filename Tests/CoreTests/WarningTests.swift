import Testing

@testable import HayateCore

/// A signal announces the end of a daemon: what its host makes of it.
@Suite struct WarningTests {
    @Test func aWarnedDaemonGivesBackWhatItHasNotStartedAndIsDismissed() {
        var script = DispatchScript { $0.prefetch = 3 }
        script.join()
        script.submit()
        for _ in 0..<3 { script.submit() }
        script.after(.microseconds(100))
        script.finish(1, by: "A")
        #expect(script.warn("A") == ["revoke 4#1 A", "revoke 3#1 A"])
        #expect(script.giveBack(4, by: "A") == [])
        #expect(script.giveBack(3, by: "A") == [])
        #expect(script.join() == ["assign 3#1 B"])
        #expect(script.finish(2, by: "A") == ["dismiss A requested"])
        #expect(script.verdict == .recorded)
    }

    @Test func anAnnouncedEndIsNobodysFault() {
        var script = DispatchScript()
        script.submit(retry: RetryPolicy(losses: 3))
        for loss in 1...10 {
            script.join()
            let daemon = Character(UnicodeScalar(UInt8(64 + loss)))
            script.warn(daemon)
            let reasons: [LossReason] = [
                .process(.signalled(number: 9, coreDumped: false)), .disconnected, .silent,
            ]
            #expect(script.lose(daemon, reasons[loss % 3]) == [])
        }
        script.join()
        // Blame begins with the first loss that nobody announced.
        #expect(script.lose("K", .disconnected) == [])
        #expect(script.reason(1) == .noDaemons)
    }

    @Test func aTaskThatStartsOnceEndsWithTheReason() {
        var script = DispatchScript()
        script.join()
        script.submit(retry: .never)
        script.warn("A")
        #expect(script.lose("A", .disconnected) == ["resolve 1 daemonLost reclaimed(signal: 15)"])
    }

    @Test func aDaemonThatDrainsAlreadyIsExcusedToo() {
        var script = DispatchScript()
        script.join()
        script.submit(retry: RetryPolicy(losses: 1))
        script.drain("A")
        script.warn("A")
        #expect(script.lose("A", .silent) == [])
    }

    @Test func anIdleOneIsDismissedAtOnceAndItsEndIsADeparture() {
        var script = DispatchScript()
        script.join()
        #expect(script.warn("A") == ["dismiss A requested"])
        script.disconnect("A")
        #expect(script.dispatch.counts.lost == 0)
        #expect(script.dispatch.counts.daemons == 0)
    }
}

/// What the daemon itself makes of it.
@Suite struct WarnedSessionTests {
    private typealias Effect = DaemonSession.Effect

    private func task(_ slot: UInt32) -> AttemptID {
        AttemptID(task: TaskID(slot: slot, generation: 0), attempt: 1)
    }

    private func connected(
        _ autoExit: DaemonSession.AutoExit = .now, holding count: UInt32 = 0
    ) -> DaemonSession {
        var session = DaemonSession(settings: .init(autoExit: autoExit), at: .zero)
        var effects: [Effect] = []
        session.welcomed(resumed: false, received: 0, at: .zero, into: &effects)
        for slot in 0..<count { session.assigned(task(slot), into: &effects) }
        return session
    }

    @Test func itTellsItsHostAndBeginsNothingMore() {
        var session = connected(holding: 3)
        var told: [Effect] = []
        #expect(session.warned(by: 15, isAwaited: true, into: &told))
        #expect(
            told == [
                .announce(signal: 15), .discard(task(1)), .giveBack(task(1)), .discard(task(2)),
                .giveBack(task(2)),
            ])
        told = []
        #expect(!session.warned(by: 10, isAwaited: true, into: &told))
        session.assigned(task(7), into: &told)
        #expect(told == [.discard(task(7)), .giveBack(task(7))])
        told = []
        session.ended(task(0), into: &told)
        #expect(told == [.report(task(0), number: 1)])
        told = []
        session.dismissed(into: &told)
        #expect(told == [.exit(.dismissed)])
    }

    @Test func withoutAHostItLeavesAtOnce() {
        var session = DaemonSession(settings: .init(), at: .zero)
        var told: [Effect] = []
        session.warned(by: 15, isAwaited: false, into: &told)
        #expect(told == [.exit(.warned)])
    }

    @Test func aHostThatHasItsHelloIsToldFirst() {
        var session = DaemonSession(settings: .init(), at: .zero)
        var told: [Effect] = []
        session.warned(by: 15, isAwaited: true, into: &told)
        #expect(told.isEmpty)
        session.welcomed(resumed: false, received: 0, at: .zero, into: &told)
        #expect(told == [.announce(signal: 15)])
        told = []
        session.disconnected(at: .zero, into: &told)
        #expect(told == [.exit(.warned)])
    }

    /// What it held unstarted is not in what it says it holds, so its host takes it back.
    @Test(arguments: DaemonSession.AutoExit.allCases)
    func withItsHostAwayItEndsItsTaskAndComesBackWithTheResult(_ autoExit: DaemonSession.AutoExit) {
        var session = connected(autoExit, holding: 2)
        var told: [Effect] = []
        session.disconnected(at: .zero, into: &told)
        session.warned(by: 15, isAwaited: false, into: &told)
        #expect(told == [.dial(attempt: 1), .discard(task(1))])
        #expect(session.holding == [task(0)])
        told = []
        session.ended(task(0), into: &told)
        #expect(told.isEmpty)
        session.welcomed(resumed: true, received: 0, at: .zero, into: &told)
        #expect(told == [.report(task(0), number: 1), .announce(signal: 15)])
    }

    /// Also one that would else wait for its next host for ever.
    @Test(arguments: [DaemonSession.AutoExit.afterTask, .never])
    func itsLeaseEndsTheWaitForAHostThatStaysAway(_ autoExit: DaemonSession.AutoExit) {
        var session = connected(autoExit, holding: 1)
        var told: [Effect] = []
        session.disconnected(at: .zero, into: &told)
        session.warned(by: 15, isAwaited: false, into: &told)
        session.ended(task(0), into: &told)
        let lease = Instant.zero.advanced(by: 60_000_000_000)
        #expect(session.nextDeadline == lease)
        told = []
        session.tick(at: lease, into: &told)
        #expect(told == [.exit(.hostLost)])
    }

    @Test func aChildThatItsTaskWaitsForIsStillRun() {
        var session = connected(holding: 1)
        var told: [Effect] = []
        session.warned(by: 15, isAwaited: true, into: &told)
        let child = session.submitted(by: task(0), into: &told)
        session.waits(task(0), for: .child(child ?? 0), into: &told)
        session.suspended(task(0), into: &told)
        told = []
        session.assigned(task(5), child: child, into: &told)
        #expect(told == [.start(task(5))])
    }

    @Test func aClosedPoolEndsOneThatWouldStay() {
        var session = connected(.never)
        var told: [Effect] = []
        session.warned(by: 15, isAwaited: true, into: &told)
        told = []
        session.closed(at: .zero, into: &told)
        #expect(told == [.exit(.dismissed)])
    }
}
