/// Why something could not be done on another machine: which machine, at which step, and the reason with the remedy.
public struct RemoteError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Step: String, Hashable, Sendable, CaseIterable {
        case name = "reading its name"
        case configuration = "reading the configuration of SSH"
        case connect = "connecting"
        case hostKey = "checking its key"
        case authenticate = "logging in"
        case command = "running a command"
        case upload = "copying a file there"
        case tunnel = "opening the tunnel"
        case deploy = "bringing the daemon there"
        case launch = "starting a daemon"
    }

    /// The machine as it was named, and the way to it where that has several hops.
    public var host: String
    public var step: Step
    /// A sentence's end: the reason, and behind a colon the remedy.
    public var reason: String
    /// Whether another try can do better without anybody's doing: a network, and not a key.
    public var isTransient: Bool

    public init(host: String, _ step: Step, _ reason: String, isTransient: Bool = false) {
        self.host = host
        self.step = step
        self.reason = reason
        self.isTransient = isTransient
    }

    public var description: String { "\(host): \(step.rawValue) failed: \(reason)" }
}
