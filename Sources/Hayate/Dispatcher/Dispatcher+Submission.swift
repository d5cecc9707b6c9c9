import HayateCore
import HayateDaemon
import HayateTransport
import HayateWire

extension Dispatcher {
    /// An encoded task on its way to the queue.
    struct Request {
        var type: ObjectIdentifier
        var name: String
        var body: [UInt8]
        var spec: TaskSpec
        /// What travels beside the body; most tasks have nothing.
        var details = TaskDetails()
        var watch: TaskWatch?
        /// Shared contents that the body means.
        var shares: [SharedRegion] = []
        /// How many elements of a map it holds, each with a random stream of its own.
        var elements = 1
        /// The place in the input of its first element, where that is not simply the next one.
        var index: UInt32?
        /// Who waits for it, where that is not the receiver of the others.
        var receiver: OutcomeReceiver?
    }

    /// Encodes a task.
    /// - Parameter queue: where it will be submitted; it knows how values are written there.
    /// - Throws: `HayateError.notSendable` with the reason.
    static func request<Work: RemoteTask>(
        _ work: Work, timeout: Duration?, retry: RetryPolicy, priority: Int8, for queue: TaskQueue
    ) throws(HayateError) -> Request {
        guard let name = TaskName.of(Work.self) else {
            throw HayateError(
                .notSendable,
                "the task type \(Work.self) is private or local to a function, so no other process can "
                    + "find it by name: declare it at the top level of a file, not private")
        }
        let body: [UInt8]
        var contents: [any SharedContent] = []
        do {
            body = try queue.encoder.encode(work, collecting: &contents)
        } catch {
            throw HayateError(.notSendable, "the task \(Work.self) cannot be encoded: \(error)")
        }
        guard body.count < Wire.limitAfterAdmission - 64 else {
            throw HayateError(
                .notSendable,
                "the task \(Work.self) is \(body.count) bytes long when encoded, more than the limit of "
                    + "\(Wire.limitAfterAdmission): pass large data by file")
        }
        var request = Request(
            type: ObjectIdentifier(Work.self), name: name, body: body,
            spec: TaskSpec(bytes: body.count, priority: priority, timeout: timeout, retry: retry))
        if !contents.isEmpty { request.shares = contents.compactMap { $0 as? SharedRegion } }
        return request
    }

    /// Accepts a task. `makeReceiver` gets the task's id and makes who waits for it, under the lock.
    func submit<Receiver: OutcomeReceiver>(
        _ request: Request, index: UInt32 = 0, to target: DaemonID? = nil,
        makeReceiver: (TaskID) -> Receiver
    ) -> Result<Receiver, HayateError> {
        let (result, afterwards) = state.withLock {
            state -> (Result<Receiver, HayateError>, Afterwards) in
            let result = accept(
                request, index: index, to: target, &state, makeReceiver: makeReceiver)
            perform(&state)
            return (result, finish(&state))
        }
        run(afterwards)
        return result
    }

    /// Accepts many tasks of one receiver under one lock; `from` is the index of the first.
    /// - Returns: how many were accepted before the queue was full.
    /// - Throws: `HayateError` if the pool is closed.
    func submitMany(
        _ requests: [Request], from first: UInt32, to receiver: OutcomeReceiver
    ) throws(HayateError) -> Int {
        let (accepted, failure, afterwards) = state.withLock {
            state -> (Int, HayateError?, Afterwards) in
            var accepted = 0
            var index = first
            var failure: HayateError?
            for request in requests {
                let result = accept(
                    request, index: request.index ?? index, &state,
                    makeReceiver: { _ in request.receiver ?? receiver })
                if case .failure(let error) = result {
                    failure = error.code == .queueFull ? nil : error
                    break
                }
                perform(&state)
                if request.index == nil { index &+= UInt32(request.elements) }
                accepted += 1
            }
            return (accepted, failure, finish(&state))
        }
        run(afterwards)
        if let failure { throw failure }
        return accepted
    }

    /// Ends every task that this receiver waits for.
    func cancelAll(of receiver: OutcomeReceiver) {
        withCore { state in
            let slots = state.entries.indices.filter {
                state.entries[$0].receiver?.isPart(of: receiver) ?? false
            }
            for slot in slots {
                guard let task = state.core.taskID(inSlot: UInt32(slot)) else { continue }
                _ = state.core.cancel(task, at: .now, into: &state.effects)
                perform(&state)
            }
        }
    }

    /// Under the lock.
    func accept<Receiver: OutcomeReceiver>(
        _ request: Request, index: UInt32, to target: DaemonID? = nil, _ state: inout State,
        makeReceiver: (TaskID) -> Receiver
    ) -> Result<Receiver, HayateError> {
        let type = typeNumber(request.type, request.name, &state)
        let submission = state.core.submit(
            request.spec, to: target, at: .now, into: &state.effects)
        switch submission {
        case .refused(let refusal):
            return .failure(HayateError(refusal))
        case .accepted(let task):
            let slot = Int(task.slot)
            while state.entries.count <= slot { state.entries.append(Entry()) }
            let receiver = makeReceiver(task)
            state.entries[slot] = Entry(
                receiver: receiver, index: index, type: type, body: request.body)
            if let watch = request.watch {
                watch.accepted(task)
                state.watches[task.slot] = watch
            }
            if !request.details.isEmpty { state.details[task.slot] = request.details }
            if !request.shares.isEmpty { state.shares[task.slot] = request.shares }
            // A task for one daemon is a set-up: it must not change what the others draw.
            if state.streams.isSeeded, target == nil, request.details.stream == nil {
                let start = state.streams.take(request.elements)
                state.details[task.slot, default: request.details].stream = start.state
                receiver.drawsFrom(start)
            }
            return .success(receiver)
        }
    }

    func typeNumber(_ type: ObjectIdentifier, _ name: String, _ state: inout State) -> UInt32 {
        if let number = state.typeNumbers[type] { return number }
        let number = UInt32(state.typeNames.count)
        state.typeNames.append(name)
        state.typeNumbers[type] = number
        return number
    }

    /// Ends a task as cancelled.
    /// - Returns: false if it had ended already.
    @discardableResult
    func cancel(_ task: TaskID) -> Bool {
        withCore { state in state.core.cancel(task, at: .now, into: &state.effects) }
    }

    /// Suspends until the queue has room again after it refused a task; returns at once if it has by
    /// now, and when the waiting Swift task is cancelled.
    func suspendForRoom() async {
        let id = UInt64.random(in: .min ... .max)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    guard state.core.hasNoRoom, !Task.isCancelled else { return false }
                    state.waitingForRoom[id] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waitingForRoom.removeValue(forKey: id) }?.resume()
        }
    }
}

extension HayateError {
    init(_ refusal: Submission.Refusal) {
        switch refusal {
        case .queueFull:
            self.init(
                .queueFull,
                "the pool's bound on waiting tasks is reached: wait for some to end, or use submit or "
                    + "map, which wait by themselves")
        case .closed: self.init(.closed, "the pool is closed")
        case .noSuchDaemon: self.init(.daemonLost, "the daemon is gone")
        case .timeRequest:
            self.init(
                .invalidArgument,
                "a time request needs the dispatcher, which looks for a daemon with so much time left: leave "
                    + "it out, or make the pool without withoutDispatcher()")
        case .resources:
            self.init(
                .invalidArgument,
                "a request for resources needs the dispatcher, which looks for a daemon that has them free: leave it "
                    + "out, or make the pool without withoutDispatcher()")
        case .unknownNeed:
            self.init(
                .invalidArgument,
                "the task needs one that is not in this queue: it was never accepted, or has ended")
        }
    }
}
