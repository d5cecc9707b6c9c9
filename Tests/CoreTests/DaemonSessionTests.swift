import Testing

@testable import HayateCore

@Suite struct DaemonSessionTests {
    private typealias Effect = DaemonSession.Effect

    private var session = DaemonSession(settings: .init(), at: .zero)
    private var told: [DaemonSession.Effect] = []

    private func task(_ slot: UInt32, attempt: UInt32 = 1) -> AttemptID {
        AttemptID(task: TaskID(slot: slot, generation: 0), attempt: attempt)
    }

    private func connected(
        _ settings: DaemonSession.Settings = .init(), holding count: UInt32 = 0
    ) -> DaemonSession {
        var session = DaemonSession(settings: settings, at: .zero)
        var effects: [Effect] = []
        session.welcomed(resumed: false, received: 0, at: .zero, into: &effects)
        for slot in 0..<count { session.assigned(task(slot), into: &effects) }
        return session
    }

    @Test mutating func tasksRunOneByOneInOrder() {
        session = connected()
        session.assigned(task(1), into: &told)
        session.assigned(task(2), into: &told)
        session.assigned(task(3), into: &told)
        #expect(told == [.start(task(1))])
        told = []
        session.ended(task(1), into: &told)
        #expect(told == [.report(task(1), number: 1), .start(task(2))])
        told = []
        session.ended(task(1), into: &told)
        #expect(told.isEmpty)
        session.ended(task(2), into: &told)
        #expect(told == [.report(task(2), number: 2), .start(task(3))])
    }

    @Test mutating func onlyWhatHasNotStartedIsGivenBack() {
        session = connected(holding: 2)
        session.revoked(task(0), into: &told)
        #expect(told.isEmpty)
        session.revoked(task(1), into: &told)
        #expect(told == [.discard(task(1)), .giveBack(task(1))])
        told = []
        session.revoked(task(7), into: &told)
        #expect(told.isEmpty)
    }

    @Test mutating func aRunningTaskIsInterruptedOnceAWaitingOneGivenBack() {
        session = connected(holding: 2)
        session.stopped(task(0), into: &told)
        session.stopped(task(0), into: &told)
        session.stopped(task(1), into: &told)
        #expect(told == [.interrupt(task(0)), .discard(task(1)), .giveBack(task(1))])
    }

    @Test mutating func resultsAreRepeatedUntilAcknowledged() {
        session = connected(holding: 3)
        session.ended(task(0), into: &told)
        session.ended(task(1), into: &told)
        session.disconnected(at: .zero, into: &told)
        session.ended(task(2), into: &told)
        #expect(session.holding == [task(0), task(1), task(2)])
        told = []
        session.welcomed(resumed: true, received: 1, at: .zero, into: &told)
        #expect(
            told == [
                .forget(through: 1), .report(task(1), number: 2), .report(task(2), number: 3),
            ])
        told = []
        session.acknowledge(through: 2, into: &told)
        session.acknowledge(through: 1, into: &told)
        session.acknowledge(through: 99, into: &told)
        #expect(told == [.forget(through: 2), .forget(through: 3)])
        #expect(session.holding.isEmpty)
    }

    @Test mutating func aHostThatDoesNotKnowTheSessionGetsNothingOfIt() {
        session = connected(holding: 3)
        session.ended(task(0), into: &told)
        session.disconnected(at: .zero, into: &told)
        told = []
        session.welcomed(resumed: false, received: 0, at: .zero, into: &told)
        #expect(told == [.forget(through: 1), .discard(task(2)), .interrupt(task(1))])
        #expect(session.holding.isEmpty)
        // The new host's tasks wait for the old one to let go, and are numbered from 1.
        told = []
        session.assigned(task(8), into: &told)
        #expect(told.isEmpty)
        session.ended(task(1), into: &told)
        #expect(told == [.start(task(8))])
        told = []
        session.ended(task(8), into: &told)
        #expect(told == [.report(task(8), number: 1)])
    }

    /// Two hosts can give two tasks the same name.
    @Test mutating func anEarlierHostsTaskIsNotTakenForANewOne() {
        session = connected(holding: 1)
        session.welcomed(resumed: false, received: 0, at: .zero, into: &told)
        #expect(session.holding.isEmpty)
        session.assigned(task(0), into: &told)
        #expect(session.holding == [task(0)])
        told = []
        session.stopped(task(0), into: &told)
        #expect(told == [.discard(task(0)), .giveBack(task(0))])
    }

    @Test mutating func withoutAnyHostItLeavesAfterTheConnectDeadline() {
        #expect(session.nextDeadline == Instant(nanoseconds: 600_000_000_000))
        session.disconnected(at: .zero, into: &told)
        #expect(told == [.dial(attempt: 1)])
        told = []
        session.tick(at: Instant(nanoseconds: 600_000_000_000), into: &told)
        #expect(told == [.exit(.neverConnected)])
        #expect(session.isOver)
    }

    @Test mutating func whenTheHostIsLostTheTaskIsStoppedAndTheDaemonLeavesByTheGrace() {
        session = connected(.init(hostLease: .seconds(10), stopGrace: .seconds(5)), holding: 2)
        session.disconnected(at: .zero, into: &told)
        told = []
        session.tick(at: Instant(nanoseconds: 10_000_000_000), into: &told)
        #expect(told == [.discard(task(1)), .interrupt(task(0))])
        #expect(session.nextDeadline == Instant(nanoseconds: 15_000_000_000))
        told = []
        session.tick(at: Instant(nanoseconds: 15_000_000_000), into: &told)
        #expect(told == [.exit(.hostLost)])
    }

    @Test mutating func itMayFinishItsTaskFirst() {
        session = connected(.init(autoExit: .afterTask, hostLease: .seconds(10)), holding: 2)
        session.disconnected(at: .zero, into: &told)
        told = []
        session.tick(at: Instant(nanoseconds: 10_000_000_000), into: &told)
        #expect(told == [.discard(task(1))])
        told = []
        session.ended(task(0), into: &told)
        #expect(told == [.exit(.hostLost)])
    }

    @Test mutating func aHostThatComesBackMeanwhileGetsTheResult() {
        session = connected(.init(autoExit: .afterTask, hostLease: .seconds(10)), holding: 1)
        session.disconnected(at: .zero, into: &told)
        session.tick(at: Instant(nanoseconds: 10_000_000_000), into: &told)
        session.welcomed(resumed: true, received: 0, at: .zero, into: &told)
        told = []
        session.ended(task(0), into: &told)
        #expect(told == [.report(task(0), number: 1)])
    }

    @Test mutating func aHostThatComesTooLateIsLeft() {
        session = connected(.init(hostLease: .seconds(10)), holding: 1)
        session.disconnected(at: .zero, into: &told)
        session.tick(at: Instant(nanoseconds: 10_000_000_000), into: &told)
        told = []
        session.welcomed(resumed: true, received: 0, at: .zero, into: &told)
        #expect(told == [.exit(.hostLost)])
    }

    @Test mutating func itMayStayForEver() {
        session = connected(.init(autoExit: .never), holding: 1)
        session.disconnected(at: .zero, into: &told)
        #expect(session.nextDeadline == nil)
    }

    @Test mutating func dismissedItFinishesThenLeaves() {
        session = connected(holding: 1)
        session.dismissed(into: &told)
        #expect(told.isEmpty)
        session.ended(task(0), into: &told)
        #expect(told == [.report(task(0), number: 1), .exit(.dismissed)])
    }

    /// Results that are dropped keep their numbers: a later one must not be sent under theirs.
    @Test mutating func closedItStopsEverythingAndLeavesByTheGrace() {
        session = connected(.init(stopGrace: .seconds(5)), holding: 3)
        session.ended(task(0), into: &told)
        told = []
        session.closed(at: .zero, into: &told)
        #expect(told == [.forget(through: 1), .discard(task(2)), .interrupt(task(1))])
        told = []
        var obedient = session
        obedient.ended(task(1), into: &told)
        #expect(told == [.report(task(1), number: 2), .exit(.dismissed)])
        told = []
        session.tick(at: Instant(nanoseconds: 5_000_000_000), into: &told)
        #expect(told == [.exit(.dismissed)])
    }

    @Test mutating func closedItMayFinishItsTaskFirst() {
        session = connected(.init(autoExit: .afterTask), holding: 2)
        session.closed(at: .zero, into: &told)
        #expect(told == [.discard(task(1))])
        told = []
        session.ended(task(0), into: &told)
        #expect(told.last == .exit(.dismissed))
    }

    @Test mutating func closedItMayStayForTheNextHost() {
        session = connected(.init(autoExit: .never), holding: 2)
        session.closed(at: .zero, into: &told)
        #expect(told == [.discard(task(1)), .interrupt(task(0))])
        told = []
        session.disconnected(at: .zero, into: &told)
        #expect(told == [.dial(attempt: 1)])
        session.ended(task(0), into: &told)
        told = []
        session.welcomed(resumed: false, received: 0, at: .zero, into: &told)
        #expect(session.holding.isEmpty, "the next host hears nothing of the last one's tasks")
        #expect(session.nextDeadline == nil)
        session.assigned(task(0), into: &told)
        #expect(told.last == .start(task(0)))
        // Told to end with its pool, it does.
        told = []
        session.closed(ending: true, at: .zero, into: &told)
        session.ended(task(0), into: &told)
        #expect(told.last == .exit(.dismissed))
    }

    /// For one whose tasks were lost elsewhere: it forgets them all, as if its process had died.
    @Test mutating func vanishedItHoldsNothing() {
        session = connected(holding: 3)
        session.ended(task(0), into: &told)
        told = []
        session.vanished(into: &told)
        #expect(told == [.forget(through: 1), .discard(task(2)), .interrupt(task(1))])
        #expect(session.holding.isEmpty)
        told = []
        session.ended(task(1), into: &told)
        #expect(told.isEmpty)
        session.disconnected(at: .zero, into: &told)
        session.welcomed(resumed: false, received: 0, at: .zero, into: &told)
        session.assigned(task(7), into: &told)
        session.ended(task(7), into: &told)
        #expect(told.last == .report(task(7), number: 1))
    }

    @Test mutating func refusedItLeaves() {
        session = connected(holding: 1)
        session.refused(into: &told)
        #expect(told == [.interrupt(task(0)), .exit(.refused)])
        told = []
        session.assigned(task(3), into: &told)
        session.disconnected(at: .zero, into: &told)
        #expect(told.isEmpty)
    }
}
