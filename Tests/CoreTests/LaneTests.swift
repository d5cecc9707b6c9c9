import Testing

@testable import HayateCore

/// What a daemon does with tasks that were granted a part of it.
@Suite struct LaneTests {
    private var session = DaemonSession(settings: .init(), at: .zero)
    private var told: [DaemonSession.Effect] = []

    private func task(_ slot: UInt32, attempt: UInt32 = 1) -> AttemptID {
        AttemptID(task: TaskID(slot: slot, generation: 0), attempt: attempt)
    }

    init() { session.welcomed(resumed: false, received: 0, at: .zero, into: &told) }

    private mutating func granted(_ slots: UInt32...) -> [DaemonSession.Effect] {
        let tasks = slots.map { task($0) }
        return tell { session, told in
            for task in tasks { session.assigned(task, isGranted: true, into: &told) }
        }
    }

    private mutating func tell(
        _ event: (inout DaemonSession, inout [DaemonSession.Effect]) -> Void
    ) -> [DaemonSession.Effect] {
        var session = session
        var told: [DaemonSession.Effect] = []
        event(&session, &told)
        self.session = session
        return told
    }

    @Test("Granted tasks start at once, and their results come as they end")
    mutating func beside() {
        #expect(granted(1, 2, 3) == [.startBeside(task(1)), .startBeside(task(2)), .startBeside(task(3))])
        #expect(session.holding == [task(1), task(2), task(3)])
        #expect(session.startedCount == 3)
        let second = task(2)
        #expect(tell { $0.ended(second, into: &$1) } == [.report(task(2), number: 1)])
        #expect(tell { $0.ended(second, into: &$1) } == [])
        let first = task(1)
        #expect(tell { $0.ended(first, into: &$1) } == [.report(task(1), number: 2)])
        #expect(session.isStarted(task(3)) && !session.isStarted(task(1)))
        #expect(session.holding == [task(2), task(1), task(3)])
    }

    @Test("A task without a grant waits until none runs, and those behind it wait for it")
    mutating func alone() {
        _ = granted(1, 2)
        let (first, second, setUp) = (task(1), task(2), task(3))
        #expect(tell { $0.assigned(setUp, into: &$1) } == [])
        #expect(granted(4) == [])
        #expect(tell { $0.ended(first, into: &$1) } == [.report(first, number: 1)])
        #expect(tell { $0.ended(second, into: &$1) } == [.report(second, number: 2), .start(setUp)])
        #expect(granted(5) == [])
        #expect(
            tell { $0.ended(setUp, into: &$1) }
                == [.report(setUp, number: 3), .startBeside(task(4)), .startBeside(task(5))])
    }

    @Test("A stopped set-up lets those behind it go on")
    mutating func stoppedSetUp() {
        _ = granted(1)
        let setUp = task(2)
        _ = tell { $0.assigned(setUp, into: &$1) }
        _ = granted(3)
        #expect(
            tell { $0.stopped(setUp, into: &$1) } == [.discard(setUp), .giveBack(setUp), .startBeside(task(3))])
    }

    @Test("Each is stopped by itself, once; none is given back")
    mutating func stopping() {
        _ = granted(1, 2)
        let (first, second) = (task(1), task(2))
        #expect(tell { $0.stopped(second, into: &$1) } == [.interrupt(second)])
        #expect(tell { $0.stopped(second, into: &$1) } == [])
        #expect(tell { $0.revoked(first, into: &$1) } == [])
    }

    @Test("A broken connection leaves them running, and their results are told again")
    mutating func resuming() {
        _ = granted(1, 2)
        let first = task(1)
        _ = tell { $0.disconnected(at: .zero, into: &$1) }
        #expect(tell { $0.ended(first, into: &$1) } == [])
        #expect(
            tell { $0.welcomed(resumed: true, received: 0, at: .zero, into: &$1) } == [.report(first, number: 1)])
        #expect(session.holding == [task(1), task(2)])
    }

    @Test("Tasks of a new host wait until nothing of the old one runs")
    mutating func newHost() {
        _ = granted(1, 2)
        let (first, second) = (task(1), task(2))
        #expect(
            tell { $0.welcomed(resumed: false, received: 0, at: .zero, into: &$1) }
                == [.interrupt(first), .interrupt(second)])
        #expect(session.holding.isEmpty)
        #expect(granted(1) == [])
        #expect(tell { $0.ended(first, into: &$1) } == [])
        #expect(tell { $0.ended(second, into: &$1) } == [.startBeside(first)])
        #expect(tell { $0.ended(first, into: &$1) } == [.report(first, number: 1)])
    }

    @Test("A dismissed daemon leaves when the last has ended")
    mutating func leaving() {
        _ = granted(1, 2)
        let (first, second) = (task(1), task(2))
        #expect(tell { $0.dismissed(into: &$1) } == [])
        #expect(tell { $0.ended(first, into: &$1) } == [.report(first, number: 1)])
        #expect(tell { $0.ended(second, into: &$1) } == [.report(second, number: 2), .exit(.dismissed)])
    }

    @Test("The end of the pool stops all, and the process ends within the grace")
    mutating func closing() {
        _ = granted(1, 2)
        let (first, second) = (task(1), task(2))
        #expect(tell { $0.closed(at: .zero, into: &$1) } == [.interrupt(first), .interrupt(second)])
        #expect(tell { $0.ended(first, into: &$1) } == [.report(first, number: 1)])
        let end = session.nextDeadline ?? .zero
        #expect(tell { $0.tick(at: end, into: &$1) } == [.exit(.dismissed)])
    }

    @Test("After a warning none is begun")
    mutating func warning() {
        _ = granted(1)
        #expect(tell { $0.warned(by: 15, isAwaited: false, into: &$1) } == [.announce(signal: 15)])
        #expect(granted(2) == [.discard(task(2)), .giveBack(task(2))])
        #expect(session.isStarted(task(1)))
    }

    @Test("They submit no tasks of their own")
    mutating func children() {
        _ = granted(1)
        #expect(session.submitted(by: task(1), into: &told) == nil)
    }
}
