import Testing

@testable import HayateCore

/// `sanityCheck` finds what it is there for: records are spoilt one by one.
@Suite struct SanityCheckTests {
    private static let damages: [@Sendable (inout Dispatch) -> Void] = [
        { $0.counts.waiting += 1 },
        { $0.counts.waitingBytes -= 1 },
        { $0.counts.assigned -= 1 },
        { $0.counts.stopping += 1 },
        { $0.counts.resolved += 1 },
        { $0.counts.daemons += 1 },
        { $0.tombstones += 1 },
        { $0.freeTasks.append(0) },
        { $0.tasks[0].daemon = 1 },
        { $0.tasks[0].daemon = TaskRecord.none },
        { $0.tasks[0].losses = 1 },
        { $0.tasks[0].flags.insert(.revoking) },
        { $0.tasks[0].flags.insert(.directed) },
        { $0.tasks[0].next = 0 },
        { $0.tasks[0].previous = 1 },
        { $0.daemons[0].tail = TaskRecord.none },
        { $0.daemons[0].held = 7 },
        { $0.daemons[0].nextCheck = .distantFuture },
        { $0.idle.insert(0) },
        { $0.idle.remove(1) },
        { $0.laden.insert(1) },
        { $0.hungry.insert(1) },
        { $0.queue.append(0, priority: 0) },
    ]

    @Test func soundRecordsPass() {
        #expect(sound().sanityCheck() == nil)
    }

    @Test(arguments: damages.indices)
    func aSpoiltRecordIsFound(_ index: Int) {
        var dispatch = sound()
        Self.damages[index](&dispatch)
        #expect(dispatch.sanityCheck() != nil)
    }

    @Test func aTaskThatWaitsThoughADaemonIsIdleIsFound() {
        var dispatch = sound()
        _ = dispatch.takeTaskSlot()
        dispatch.enqueue(1, returned: false)
        dispatch.counts.accepted += 1
        #expect(dispatch.sanityCheck()?.contains("although a daemon is idle") == true)
    }

    /// A runs task 1, B is idle.
    private func sound() -> Dispatch {
        var script = DispatchScript()
        script.join(2)
        script.submit()
        return script.dispatch
    }
}
