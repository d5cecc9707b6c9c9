import HayateCore
import HayateDaemon
import HayateWire

/// The queue of the pool that a task runs in, as seen from inside the task.
///
/// Safe to share: it is constant.
final class NestedQueue: TaskQueue, @unchecked Sendable {
    /// nil in a context that no daemon made.
    private let daemon: (any ChildSubmitter)?
    private let parent: AttemptID
    private let streams: RandomStream?
    /// Whether the task runs beside others at its daemon.
    private let isBeside: Bool

    init(_ context: TaskContext) {
        daemon = context.submitter
        isBeside = context.resources != nil
        // Only where numbers are to be the same again do children need streams of their own.
        streams = context.details.stream == nil ? nil : context.random
        parent = context.local
            ?? AttemptID(
                task: TaskID(rawValue: context.task), attempt: UInt32(clamping: context.attempt))
        super.init()
    }

    override var encoder: BinaryEncoder { daemon?.coders.encoder ?? BinaryEncoder() }
    override var decoder: BinaryDecoder { daemon?.coders.decoder ?? BinaryDecoder() }

    override func submit(_ request: Dispatcher.Request) -> Result<MiraiState, HayateError> {
        guard let daemon else { return .failure(Self.notInPool) }
        if let refusal = refusal(of: request) { return .failure(refusal) }
        let state = daemon.submit(child(request), of: parent) { number in
            MiraiState(task: TaskID(rawValue: number), queue: self)
        }
        return state.map { .success($0) } ?? .failure(Self.parentEnded)
    }

    override func submit(
        _ requests: [Dispatcher.Request], from first: UInt32, to receiver: OutcomeReceiver
    ) throws(HayateError) -> Int {
        guard let daemon else { throw Self.notInPool }
        for request in requests { if let refusal = refusal(of: request) { throw refusal } }
        let isAccepted = daemon.submit(
            requests.map { child($0) }, of: parent, group: Self.group(of: receiver),
            from: first, to: receiver)
        guard isAccepted else { throw Self.parentEnded }
        return requests.count
    }

    private func refusal(of request: Dispatcher.Request) -> HayateError? {
        if isBeside { return Self.noneBeside }
        if request.spec.timeRequest != nil { return Self.noTimeRequests }
        return request.spec.resources == nil ? nil : Self.noResources
    }

    private func child(_ request: Dispatcher.Request) -> ChildTask {
        var request = request
        request.details.shares = request.shares.compactMap(\.numberAtHost)
        if let streams { request.details.stream = streams.forNextChild().state }
        return ChildTask(request)
    }

    override func stop(_ task: TaskID) -> Bool { daemon?.withdraw(child: task.rawValue) ?? false }

    override func stopAll(of receiver: OutcomeReceiver) { daemon?.withdrawAll(of: receiver) }

    // MARK: Waiting

    override var isNested: Bool { true }

    override func beginWait(for task: TaskID) {
        daemon?.begins(parent, toWaitFor: .child(task.rawValue))
    }

    override func endWait(for task: TaskID) {
        daemon?.ends(parent, toWaitFor: .child(task.rawValue))
    }

    override func beginWait(for receiver: OutcomeReceiver) {
        daemon?.begins(parent, toWaitFor: .group(Self.group(of: receiver)))
    }

    override func endWait(for receiver: OutcomeReceiver) {
        daemon?.ends(parent, toWaitFor: .group(Self.group(of: receiver)))
    }

    /// The receiver lives as long as its tasks, so that its address names it; never 0.
    private static func group(of receiver: OutcomeReceiver) -> UInt64 {
        UInt64(UInt(bitPattern: Unmanaged.passUnretained(receiver).toOpaque()))
    }

    private static let notInPool = HayateError(
        .noDaemons,
        "this task context was made by hand and belongs to no pool: context.pool is for tasks that a "
            + "pool's daemon runs")

    private static let noTimeRequests = HayateError(
        .invalidArgument,
        "a task of a task cannot ask for time: it may run at the daemon of the task that waits for it; let "
            + "that task ask for the time of both")

    private static let noResources = HayateError(
        .invalidArgument,
        "a task of a task cannot ask for resources: it may run in the place of the task that waits for it; let that "
            + "task ask for what both need")

    private static let noneBeside = HayateError(
        .invalidArgument,
        "a task that runs beside others submits no tasks of its own, for it would keep what they wait for: submit "
            + "them from the host, or run this one on a daemon without resources")

    private static let parentEnded = HayateError(
        .cancelled,
        "the task that submits has ended, and tasks do not outlive the one that submitted them: await "
            + "them before it returns, or submit them from the host")
}

extension ChildTask {
    init(_ request: Dispatcher.Request) {
        self.init(
            typeName: request.name, body: request.body, priority: request.spec.priority,
            timeout: request.spec.timeout, retry: request.spec.retry, details: request.details)
    }
}

extension OutcomeReceiver: ChildReceiver {
    func ended(_ children: [ChildEnd]) {
        resolve(children.map { (index: $0.index, resolution: Resolution($0.end)) })
    }
}

extension Resolution {
    init(_ end: ChildEnd.End) {
        switch end {
        case .outcome(let status, let body): self = ChildOutcome.read(status, body)
        case .orphaned:
            self = .error(
                HayateError(
                    .cancelled,
                    "the task was stopped, or the one that submitted it has ended or lost its host"))
        }
    }
}
