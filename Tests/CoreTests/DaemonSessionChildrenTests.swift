import Testing

@testable import HayateCore

@Suite struct DaemonSessionChildrenTests {
    private var session = DaemonSession(settings: .init(), at: .zero)
    private var told: [DaemonSession.Effect] = []

    private func task(_ slot: UInt32) -> AttemptID {
        AttemptID(task: TaskID(slot: slot, generation: 0), attempt: 1)
    }

    /// Task 0 runs and has submitted so many children, for one of which it waits.
    private mutating func parent(of count: Int, group: UInt64 = 9) {
        var ignored: [DaemonSession.Effect] = []
        session.welcomed(resumed: false, received: 0, at: .zero, into: &ignored)
        session.assigned(task(0), into: &ignored)
        for _ in 0..<count {
            _ = session.submitted(by: task(0), group: group, into: &ignored)
        }
        session.waits(task(0), for: .group(group), into: &ignored)
    }

    @Test mutating func itAsksOnlyWhenTheThreadIsFree() {
        parent(of: 1)
        #expect(told.isEmpty)
        session.suspended(task(0), into: &told)
        #expect(told == [.help(child: 1)])
        told = []
        session.suspended(task(0), into: &told)
        #expect(told.isEmpty)
    }

    @Test mutating func theChildStartsOnTopOfItsParent() {
        parent(of: 1)
        session.suspended(task(0), into: &told)
        told = []
        session.assigned(task(5), child: 1, into: &told)
        #expect(told == [.start(task(5))])
        #expect(session.holding == [task(0), task(5)])
        #expect(session.running == task(5))
        told = []
        session.ended(task(5), into: &told)
        #expect(told == [.report(task(5), number: 1)])
        told = []
        #expect(session.outcome(of: 1, into: &told))
        #expect(told == [.withdraw(child: 1)])
        session.waited(task(0), for: .group(9))
        told = []
        session.ended(task(0), into: &told)
        #expect(told == [.report(task(0), number: 2)])
    }

    @Test mutating func otherTasksWaitForTheStackToEnd() {
        parent(of: 1)
        session.suspended(task(0), into: &told)
        told = []
        session.assigned(task(7), into: &told)
        #expect(told.isEmpty)
        session.revoked(task(0), into: &told)
        #expect(told.isEmpty)
    }

    @Test mutating func aMapAsksForOneChildAfterTheOther() {
        parent(of: 3)
        session.suspended(task(0), into: &told)
        session.unneeded(1, into: &told)
        session.unneeded(2, into: &told)
        session.unneeded(3, into: &told)
        #expect(told == [.help(child: 1), .help(child: 2), .help(child: 3)])
        told = []
        session.pulse(into: &told)
        #expect(told == [.help(child: 1)])
        told = []
        session.pulse(into: &told)
        #expect(told == [.help(child: 1)])
        // Late and doubled answers change nothing.
        told = []
        session.unneeded(3, into: &told)
        #expect(told.isEmpty)
    }

    /// Asked again before the first answer was there, the host gives two.
    @Test mutating func aSecondHelpedChildWaitsForTheFirst() {
        parent(of: 2)
        session.suspended(task(0), into: &told)
        session.assigned(task(1), child: 1, into: &told)
        told = []
        session.assigned(task(2), child: 2, into: &told)
        #expect(told.isEmpty)
        session.ended(task(1), into: &told)
        #expect(told == [.report(task(1), number: 1), .start(task(2))])
    }

    @Test mutating func childrenEndWithTheirParent() {
        parent(of: 2)
        session.ended(task(0), into: &told)
        #expect(
            told == [
                .withdraw(child: 1), .orphan(child: 1), .withdraw(child: 2), .orphan(child: 2),
                .report(task(0), number: 1),
            ])
        #expect(session.childCount == 0)
        #expect(session.submitted(by: task(0), into: &told) == nil)
    }

    @Test mutating func aParentMayEndBeforeTheChildThatRunsInItsPlace() {
        parent(of: 1)
        session.suspended(task(0), into: &told)
        session.assigned(task(5), child: 1, into: &told)
        session.assigned(task(6), into: &told)
        told = []
        session.ended(task(0), into: &told)
        #expect(
            told == [.withdraw(child: 1), .orphan(child: 1), .report(task(0), number: 1)])
        told = []
        session.stopped(task(5), into: &told)
        session.ended(task(5), into: &told)
        #expect(
            told == [.interrupt(task(5)), .report(task(5), number: 2), .start(task(6))])
    }

    @Test mutating func aWaitingParentIsInterrupted() {
        parent(of: 1)
        session.suspended(task(0), into: &told)
        session.assigned(task(5), child: 1, into: &told)
        told = []
        session.stopped(task(0), into: &told)
        #expect(told == [.interrupt(task(0))])
    }

    @Test mutating func afterAResumeChildrenAreSubmittedAgain() {
        parent(of: 3)
        session.suspended(task(0), into: &told)
        session.disconnected(at: .zero, into: &told)
        #expect(session.withdrawn(2, into: &told))
        let late = session.submitted(by: task(0), group: 9, into: &told)
        #expect(late == 4)
        told = []
        session.welcomed(resumed: true, received: 0, at: .zero, into: &told)
        #expect(
            told == [
                .submit(child: 1), .submit(child: 3), .submit(child: 4), .withdraw(child: 0),
                .help(child: 1),
            ])
        // An outcome that came twice is dropped, and its receipt sent again.
        told = []
        #expect(session.outcome(of: 2, into: &told) == false)
        #expect(told == [.withdraw(child: 2)])
    }

    @Test mutating func aHostThatDoesNotKnowTheSessionKnowsNoChildren() {
        parent(of: 2)
        session.disconnected(at: .zero, into: &told)
        told = []
        session.welcomed(resumed: false, received: 0, at: .zero, into: &told)
        #expect(told == [.interrupt(task(0)), .orphan(child: 1), .orphan(child: 2)])
        // Numbers are never used twice.
        told = []
        session.ended(task(0), into: &told)
        session.assigned(task(0), into: &told)
        #expect(session.submitted(by: task(0), into: &told) == 3)
    }

    /// With nobody to say how they ended, who waits for children would wait for ever.
    @Test mutating func aHostThatIsGoneForGoodLeavesNoChildren() {
        session = DaemonSession(
            settings: .init(autoExit: .afterTask, hostLease: .seconds(10)), at: .zero)
        parent(of: 1)
        session.disconnected(at: .zero, into: &told)
        told = []
        session.tick(at: Instant(nanoseconds: 10_000_000_000), into: &told)
        #expect(told == [.orphan(child: 1)])
    }

    /// The parent ends while the host is given up, its child does not, and then the host is back: without
    /// the parent's result it would have the parent run again.
    @Test mutating func aHostThatComesBackGetsTheResultOfAParentThatHasEnded() {
        session = DaemonSession(
            settings: .init(autoExit: .afterTask, hostLease: .seconds(10)), at: .zero)
        parent(of: 1)
        session.suspended(task(0), into: &told)
        session.assigned(task(5), child: 1, into: &told)
        session.disconnected(at: .zero, into: &told)
        session.tick(at: Instant(nanoseconds: 10_000_000_000), into: &told)
        session.ended(task(0), into: &told)
        #expect(session.holding == [task(0), task(5)])
        told = []
        session.welcomed(resumed: true, received: 0, at: .zero, into: &told)
        #expect(told == [.report(task(0), number: 1), .withdraw(child: 0)])
    }
}
