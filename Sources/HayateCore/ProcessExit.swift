/// How a process ended.
public enum ProcessExit: Codable, Hashable, Sendable {
    /// It ended by itself, with a code of 0…255.
    case exited(code: Int32)
    /// A signal ended it. `coreDumped` says whether the kernel wrote its memory to a file.
    case signalled(number: Int32, coreDumped: Bool)

    /// Reads the status word that `wait4` gives for a process that has ended.
    public init(waitStatus status: Int32) {
        let number = status & 0x7f
        if number == 0 {
            self = .exited(code: (status >> 8) & 0xff)
        } else {
            self = .signalled(number: number, coreDumped: status & 0x80 != 0)
        }
    }

    /// Whether it ended by itself with code 0.
    public var succeeded: Bool { self == .exited(code: 0) }

    /// What probably happened and what to do about it, in one sentence; `nil` where the end alone
    /// tells nothing more, as with success or an ordinary exit code.
    public var hint: String? {
        switch self {
        case .signalled(let number, _):
            return Self.hint(forSignal: number)
        case .exited(code: 126):
            return "Exit code 126 is what a shell says of a file that it may not execute: "
                + "check its permissions and its first line."
        case .exited(code: 127):
            return "Exit code 127 is what a shell says of a program that it cannot find: "
                + "check the name and PATH."
        case .exited(let code) where code > 128 && code <= 128 + 64:
            // How shells pass on that what they ran was ended by a signal.
            let number = code - 128
            let name = SignalName.name(of: number)
            guard let reason = Self.reason(forSignal: number) else { return nil }
            return "Exit code \(code) is what a shell says of a program ended by \(name): "
                + "\(reason)."
        case .exited:
            return nil
        }
    }

    private static func hint(forSignal number: Int32) -> String {
        let name = SignalName.name(of: number)
        guard let reason = reason(forSignal: number) else { return "Ended by \(name)." }
        return "Ended by \(name): \(reason)."
    }

    /// The usual reasons, signal by signal; the clause after the colon.
    private static func reason(forSignal number: Int32) -> String? {
        switch SignalName.name(of: number) {
        case "SIGKILL":
            "killed from outside, possibly because memory ran out; "
                + "look at its peak memory and at the kernel's log"
        case "SIGSEGV": "it used memory that is not its own, a fault of the program"
        case "SIGBUS": "a file it had mapped shrank, or its storage or memory ran out"
        case "SIGABRT": "it gave up by itself; its standard error should say why"
        case "SIGILL":
            "it met an instruction this processor lacks, or a check of the program failed"
        case "SIGTRAP": "a check inside the program failed; its standard error should say why"
        case "SIGFPE": "an arithmetic fault, such as an integer divided by zero"
        case "SIGXCPU": "it used up its limit of processor seconds; raise the limit"
        case "SIGXFSZ": "it wrote a file larger than its limit; raise the limit"
        case "SIGTERM", "SIGHUP", "SIGINT": "it was asked to stop"
        case "SIGPIPE": "it wrote to a pipe that nobody reads any more"
        case "SIGSYS": "it made a system call that is forbidden here"
        default: nil
        }
    }
}

extension ProcessExit: CustomStringConvertible {
    /// `exit code 3`, or `SIGSEGV (core dumped)`.
    public var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let number, let coreDumped):
            SignalName.name(of: number) + (coreDumped ? " (core dumped)" : "")
        }
    }
}
