import CSystem
import Glibc
import HayateCore

/// A command in the form in which the operating system takes it, checked.
struct SpawnRequest {
    let program: String
    private let command: Command
    private var arguments = PackedStrings()
    private var environment = PackedStrings()
    private var limits: [hayate_spawn_limit] = []

    /// Nice values are −20…19, so nothing beyond this difference can mean anything.
    private static let niceness: ClosedRange<Int32> = -40...39

    init(_ command: Command) throws(CommandError) {
        guard let program = command.arguments.first, !program.isEmpty else {
            throw .invalid("", "The command is empty; its first argument must name a program.")
        }
        self.program = program
        self.command = command
        for argument in command.arguments {
            guard arguments.append(argument) else {
                throw .invalid(
                    program, "An argument of \(program) has a NUL byte in it; pass it by a file.")
            }
        }
        for (name, value) in command.environment {
            guard environment.append(variable: name, value: value) else {
                throw .invalid(
                    name,
                    "\"\(name)\" cannot be an environment variable of \(program); "
                        + "leave out '=' in the name and NUL bytes.")
            }
        }
        guard Self.niceness.contains(command.niceness) else {
            throw .invalid("niceness", "The niceness \(command.niceness) is not within -40…39.")
        }
        addLimit(Int32(RLIMIT_AS.rawValue), command.limits.addressSpaceBytes)
        addLimit(Int32(RLIMIT_CPU.rawValue), command.limits.processorSeconds, margin: 1)
        addLimit(Int32(RLIMIT_NOFILE.rawValue), command.limits.openFiles)
        addLimit(Int32(RLIMIT_CORE.rawValue), command.limits.coreFileBytes)
    }

    /// Sets a limit that the child cannot raise; `margin` lies between its signal and its end.
    private mutating func addLimit(_ resource: Int32, _ value: UInt64?, margin: UInt64 = 0) {
        guard let value else { return }
        let (hard, overflows) = value.addingReportingOverflow(margin)
        limits.append(
            hayate_spawn_limit(
                resource: resource, soft: value, hard: overflows ? UInt64.max : hard))
    }

    /// Starts the process. It executes the program when this returns.
    func start(
        _ streams: borrowing CommandStreams, usingProcessDescriptor: Bool
    ) throws(CommandError) -> StartedProcess {
        var flags = UInt32(HAYATE_SPAWN_NEW_GROUP | HAYATE_SPAWN_DIES_WITH_PARENT)
        if !command.clearsEnvironment { flags |= UInt32(HAYATE_SPAWN_INHERITS_ENVIRONMENT) }
        if !usingProcessDescriptor { flags |= UInt32(HAYATE_SPAWN_WITHOUT_PIDFD) }
        let numbers = streams.numbers
        let directory = streams.directoryNumber

        var outcome = hayate_spawn_outcome()
        let failed = arguments.bytes.withUnsafeBytes { arguments in
            environment.bytes.withUnsafeBytes { environment in
                limits.withUnsafeBufferPointer { limits in
                    var request = hayate_spawn_request()
                    request.arguments = hayate_strings(
                        bytes: arguments.baseAddress?.assumingMemoryBound(to: CChar.self),
                        count: self.arguments.count)
                    request.environment = hayate_strings(
                        bytes: environment.baseAddress?.assumingMemoryBound(to: CChar.self),
                        count: self.environment.count)
                    request.descriptors = numbers
                    request.directory = directory
                    request.niceness = command.niceness
                    request.flags = flags
                    request.limits = limits.baseAddress
                    request.limit_count = limits.count
                    return hayate_spawn(&request, &outcome)
                }
            }
        }
        guard failed == 0 else { throw Self.error(&outcome, command) }
        return StartedProcess(pid: outcome.pid, descriptor: outcome.pidfd)
    }

    private static func error(
        _ outcome: inout hayate_spawn_outcome, _ command: Command
    ) -> CommandError {
        let program = command.arguments.first ?? ""
        let number = outcome.error
        let path = withUnsafeBytes(of: &outcome.path) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        switch hayate_spawn_step(UInt32(outcome.step)) {
        case HAYATE_SPAWN_STEP_LOOKUP where number == ENOENT:
            return .programNotFound(program)
        case HAYATE_SPAWN_STEP_EXECUTE where number == ENOENT && outcome.path_exists != 0:
            return .interpreterNotFound(path)
        case HAYATE_SPAWN_STEP_EXECUTE where number == ENOENT || number == ENOTDIR:
            return .programNotFound(path)
        case HAYATE_SPAWN_STEP_EXECUTE where number == ENOMEM || number == EAGAIN:
            return .system("load the program", program, number)
        case HAYATE_SPAWN_STEP_EXECUTE, HAYATE_SPAWN_STEP_LOOKUP:
            return .notExecutable(path.isEmpty ? program : path, number)
        case HAYATE_SPAWN_STEP_DIRECTORY:
            return .directory(command.directory ?? ".", number)
        case HAYATE_SPAWN_STEP_LIMIT:
            return .limit("resource limits", number)
        case HAYATE_SPAWN_STEP_NICENESS:
            return .limit("nice value", number)
        default:
            return .system("start a process", program, number)
        }
    }
}
