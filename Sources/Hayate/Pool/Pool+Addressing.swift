import HayateCore
import HayateDaemon

extension Pool {
    /// Submits a task for one daemon only, such as the follow-up of a task that left something there.
    ///
    /// It runs there before whatever waits in the queue, and after what the daemon holds already. It never
    /// runs anywhere else: when the daemon is lost, the task ends with `daemonLost`.
    /// - Parameters:
    ///   - daemon: its name as in `status`, in errors and in `TaskContext.daemon`.
    ///   - timeout: counted from now, waiting included; nil for none.
    public func mirai<Work: RemoteTask>(
        _ work: Work, on daemon: String, timeout: Duration? = nil
    ) -> Mirai<Work.Output> {
        do {
            let request = try Dispatcher.request(
                work, timeout: timeout, retry: .never, priority: 0, for: dispatcher)
            let target = try dispatcher.daemon(named: daemon)
            let state = try dispatcher.submit(request, to: target) { [dispatcher] task in
                MiraiState(task: task, queue: dispatcher)
            }.get()
            return Mirai(state)
        } catch {
            return Mirai(MiraiState(failed: error))
        }
    }
}

extension Dispatcher {
    func daemon(named name: String) throws(HayateError) -> DaemonID {
        if let id = state.withLock({ $0.links.values.first { $0.name == name }?.id }) { return id }
        throw HayateError(
            .daemonLost,
            "the pool has no daemon \(name): it has left, or is called otherwise (status lists those that "
                + "are there)")
    }
}
