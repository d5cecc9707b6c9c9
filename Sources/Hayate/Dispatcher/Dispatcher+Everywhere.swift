import HayateCore
import HayateTransport
import HayateWire

extension Dispatcher {
    /// Sends a task to each daemon that is there, and keeps it for those that join later.
    /// - Returns: the daemons and who waits for their results.
    func everywhere<Receiver: OutcomeReceiver>(
        _ request: Request, makeReceiver: (TaskID) -> Receiver
    ) -> [Result<Receiver, HayateError>] {
        var request = request
        request.details.isSetUp = true
        let (results, afterwards) = state.withLock { [request]
            state -> ([Result<Receiver, HayateError>], Afterwards) in
            let type = typeNumber(request.type, request.name, &state)
            state.setups.append(Setup(type: type, body: request.body, shares: request.shares))
            let results = state.core.daemonIDs.map { daemon in
                accept(request, index: 0, to: daemon, &state, makeReceiver: makeReceiver)
            }
            perform(&state)
            return (results, finish(&state))
        }
        run(afterwards)
        return results
    }

    /// Under the lock: a daemon that has just joined gets a set-up task before anything else.
    func prepare(_ link: DaemonLink, _ setup: Setup, _ state: inout State) {
        let spec = TaskSpec(bytes: setup.body.count, retry: .never)
        let submission = state.core.submit(spec, to: link.id, at: .now, into: &state.effects)
        guard case .accepted(let task) = submission else { return }
        let slot = Int(task.slot)
        while state.entries.count <= slot { state.entries.append(Entry()) }
        state.entries[slot] = Entry(
            receiver: SetupWatch(self, link.id), index: 0, type: setup.type, body: setup.body)
        state.details[task.slot, default: TaskDetails()].isSetUp = true
        if !setup.shares.isEmpty { state.shares[task.slot] = setup.shares }
    }

    /// Under the lock: from now on the daemon takes what waits.
    func becomeReady(_ link: DaemonLink, _ state: inout State) {
        if link.launch != 0 { state.afterwards.joined.append(link.launch) }
        state.core.ready(link.id, at: .now, into: &state.effects)
    }

    /// One of the set-up tasks of a daemon is done.
    fileprivate func setupSucceeded(on daemon: DaemonID) {
        withCore { state in
            guard let link = state.links[daemon.slot], link.id == daemon else { return }
            oneLess(of: link, &state)
        }
    }

    /// Under the lock: a set-up is done, or what counts like one.
    func oneLess(of link: DaemonLink, _ state: inout State) {
        link.pendingSetups -= 1
        if link.pendingSetups == 0 { becomeReady(link, &state) }
    }

    /// A daemon could not be set up: it must not take tasks that count on the set-up.
    fileprivate func setupFailed(on daemon: DaemonID, _ error: HayateError) {
        withCore { state in
            let name = state.links[daemon.slot]?.name ?? error.daemon ?? "\(daemon)"
            state.afterwards.logs.append(
                TaskLogLine(
                    task: error.task ?? 0, attempt: error.attempt ?? 1, daemon: name, level: .error,
                    text: "the daemon leaves because its set-up failed: \(error)"))
            state.core.drain(daemon, .requested, at: .now, into: &state.effects)
            // Only one that is ready can leave; draining, it takes nothing.
            state.core.ready(daemon, at: .now, into: &state.effects)
        }
    }
}

/// Waits for the set-up of one daemon. Safe to share: it is constant.
private final class SetupWatch: OutcomeReceiver, @unchecked Sendable {
    private let dispatcher: Dispatcher
    private let daemon: DaemonID

    init(_ dispatcher: Dispatcher, _ daemon: DaemonID) {
        self.dispatcher = dispatcher
        self.daemon = daemon
    }

    override func resolve(_ items: [Item]) {
        for item in items {
            switch item.resolution {
            case .value, .valueWithOutput: dispatcher.setupSucceeded(on: daemon)
            case .error(let error) where error.code == .closed: break
            case .error(let error): dispatcher.setupFailed(on: daemon, error)
            }
        }
    }
}
