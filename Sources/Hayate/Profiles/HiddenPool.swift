import Glibc
import HayateCore
import HayateDaemon
import Synchronization

/// The pool behind tasks of programs that have set no daemons. It is there while such tasks are.
final class HiddenPool: Sendable {
    private struct State {
        var pool: Pool?
        var outstanding = 0
    }

    /// A process for each task, at most twice as many at once as there are processors.
    static let ephemeral = HiddenPool(
        // One that a stopped task left without work does not stay.
        .local(0).maximumTasks(1).idleTime(.seconds(1)),
        processes: 2 * max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    /// This process.
    static let sequential = HiddenPool(.synchronous, processes: 0)

    private let daemons: Daemons
    private let processes: Int
    private let state = Mutex(State())

    init(_ daemons: Daemons, processes: Int) {
        self.daemons = daemons
        self.processes = processes
    }

    /// Submits a task.
    /// - Throws: `HayateError` if there can be no daemon for it.
    func run<Value>(_ submit: (Pool) -> Mirai<Value>) throws(HayateError) -> Mirai<Value> {
        let result = state.withLock { state -> Result<(Pool, Int), HayateError> in
            do throws(HayateError) {
                if state.pool == nil {
                    if !daemons.isSynchronous { try Pool.checkEntry(daemons) }
                    state.pool = try Pool(daemons)
                }
            } catch {
                return .failure(error)
            }
            guard let pool = state.pool else { return .failure(HayateError(.closed, "the pool is closed")) }
            state.outstanding += 1
            return .success((pool, state.outstanding))
        }
        let (pool, outstanding) = try result.get()
        if processes > 0 { pool.wantForNow(min(outstanding, processes)) }
        let mirai = submit(pool)
        mirai.state.whenResolved(id: .max) { self.resolved() }
        return mirai
    }

    private func resolved() {
        let (pool, outstanding) = state.withLock { state -> (Pool?, Int) in
            state.outstanding -= 1
            defer { if state.outstanding == 0 { state.pool = nil } }
            return (state.pool, state.outstanding)
        }
        guard let pool else { return }
        if outstanding == 0 {
            Task.detached { await pool.close() }
        } else if processes > 0 {
            pool.wantForNow(min(outstanding, processes))
        }
    }
}

extension Pool {
    /// Wants so many daemons without ending those that are more: they leave by themselves.
    fileprivate func wantForNow(_ count: Int) {
        dispatcher.expectDaemons()
        size { $0.want(count, endingSurplus: false, at: .now, into: &$1) }
    }
}
