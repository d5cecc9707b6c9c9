import HayateCore
import HayateWire

/// An encoded task that a running task submits to its own pool.
package struct ChildTask: Sendable {
    package var typeName: String
    package var body: [UInt8]
    package var priority: Int8
    package var timeout: Duration?
    package var retry: RetryPolicy
    package var details: TaskDetails

    package init(
        typeName: String, body: [UInt8], priority: Int8, timeout: Duration?, retry: RetryPolicy,
        details: TaskDetails
    ) {
        self.typeName = typeName
        self.body = body
        self.priority = priority
        self.timeout = timeout
        self.retry = retry
        self.details = details
    }
}

/// How a child ended, for whoever submitted it.
package struct ChildEnd: Sendable {
    package enum End: Sendable {
        /// The host said so; see `outcome` in docs/wire-protocol.md.
        case outcome(ResultStatus, [UInt8])
        /// It was stopped from here, its parent ended, or the host that had it is gone.
        case orphaned
    }

    /// What the receiver called it.
    package var index: UInt32
    package var end: End
}

/// Whoever waits for children.
package protocol ChildReceiver: AnyObject, Sendable {
    /// Children ended. Each comes once, outside all locks, on a thread that must not be kept.
    func ended(_ children: [ChildEnd])
}

/// What a running task may ask of its daemon on behalf of its children.
package protocol ChildSubmitter: AnyObject, Sendable {
    /// How the daemon writes and reads values, with its host's serialization hooks.
    var coders: (encoder: BinaryEncoder, decoder: BinaryDecoder) { get }

    /// One of several tasks that travelled together has ended, and the next begins.
    func elementEnded(of attempt: AttemptID)

    /// Submits a task. `makeReceiver` gets its number and makes who waits for it, under a lock.
    /// - Returns: nil if the parent has ended.
    func submit<Receiver: ChildReceiver>(
        _ child: ChildTask, of parent: AttemptID, makeReceiver: (UInt64) -> Receiver
    ) -> Receiver?

    /// Submits many for one receiver, which calls them by numbers from `first`.
    /// - Returns: false if the parent has ended.
    func submit(
        _ children: [ChildTask], of parent: AttemptID, group: UInt64, from first: UInt32,
        to receiver: any ChildReceiver
    ) -> Bool

    /// Nobody wants this child any more.
    /// - Returns: false if it has ended already.
    func withdraw(child number: UInt64) -> Bool

    /// Nobody wants what this receiver waits for any more.
    func withdrawAll(of receiver: any ChildReceiver)

    func begins(_ parent: AttemptID, toWaitFor wait: DaemonSession.Wait)
    func ends(_ parent: AttemptID, toWaitFor wait: DaemonSession.Wait)
}
