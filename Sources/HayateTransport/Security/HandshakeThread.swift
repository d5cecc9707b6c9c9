import Glibc

/// The one thread on which peers that have not shown who they are cost processor time.
///
/// A key exchange takes milliseconds. On the library's threads, strangers' handshakes would stand in the way of
/// those who work; here they stand in each other's, with a lower priority than everything else.
final class HandshakeThread: Sendable {
    static let shared = HandshakeThread()

    private struct State {
        var work: [@Sendable () -> Void] = []
        var isRunning = false
    }

    private let state = Monitor(State())

    func perform(_ work: @escaping @Sendable () -> Void) {
        let isFirst = state.update { state in
            state.work.append(work)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if isFirst { ServiceThread.start("hayate-handshakes") { [self] in run() } }
    }

    private func run() {
        // 0 is this thread, not the process. Harmless where it is not allowed.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5)
        while true {
            let batch: [@Sendable () -> Void] = state.wait { state in
                guard !state.work.isEmpty else { return .wait }
                defer { state.work = [] }
                return .done(state.work)
            }
            for work in batch { work() }
        }
    }
}
