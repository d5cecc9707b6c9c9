import HayateCore
import HayateDaemon
import HayateWire

extension SessionTask {
    /// A command. One that does not end with exit code 0 has failed: it is tried again if its policy says so, and tasks
    /// that need it do not start.
    /// - Throws: `HayateError.notSendable`.
    public static func command(_ command: Command) throws(HayateError) -> SessionTask {
        try task(CheckedCommand(command), label: command.arguments.joined(separator: " "))
    }

    /// A task of a type that the session's daemons know: they must be of the program that has it.
    ///
    /// Shared contents (`Shared`, `SharedArray`) are written into it, since a session outlives this process.
    /// - Parameter label: what it is, for people; nil: the name of its type.
    /// - Throws: `HayateError.notSendable` with the reason.
    public static func task<Work: RemoteTask>(
        _ work: Work, timeout: Duration? = nil, retry: RetryPolicy = .lostDaemons, priority: Int8 = 0,
        timeRequest: Duration? = nil, resources: ResourceRequest? = nil, needs: [SessionTaskName] = [],
        label: String? = nil
    ) throws(HayateError) -> SessionTask {
        guard let name = TaskName.of(Work.self) else {
            throw HayateError(
                .notSendable,
                "the task type \(Work.self) is private or local to a function, so no other process can "
                    + "find it by name: declare it at the top level of a file, not private")
        }
        let body: [UInt8]
        do {
            body = try BinaryEncoder().encode(work)
        } catch {
            throw HayateError(.notSendable, "the task \(Work.self) cannot be encoded: \(error)")
        }
        guard body.count < SessionFrame.requestLimit - (1 << 20) else {
            throw HayateError(
                .notSendable,
                "the task \(Work.self) is \(body.count) bytes long when encoded, more than a session takes "
                    + "(\(SessionFrame.requestLimit)): pass large data by file")
        }
        var task = SessionTask(type: name, body: body, label: label ?? "\(Work.self)")
        task.timeout = timeout?.nanoseconds
        task.retry = SessionRetry(retry)
        task.priority = priority
        task.timeRequest = timeRequest?.nanoseconds
        task.resources = resources.map { SessionResources($0) }
        task.needs = needs
        return task
    }
}

extension SessionOutcome {
    /// The value of a task whose output is of this type.
    /// - Throws: what the task ended with, or `HayateError.malformed`.
    public func value<Value: Decodable>(as type: Value.Type = Value.self) throws(HayateError) -> Value {
        let bytes = try result.get()
        do {
            return try BinaryDecoder().decode(Value.self, from: bytes)
        } catch {
            throw HayateError(.malformed, "the outcome of \(task) is no \(Value.self): \(error)")
        }
    }

    /// What became of a command, also of one that failed; nil: it is none, or was never started.
    public var command: CommandResult? {
        switch result {
        case .success(let bytes): try? BinaryDecoder().decode(CommandResult.self, from: bytes)
        case .failure(let error): error.commandFailed?.result
        }
    }
}

extension HayateError {
    /// The command that the task was, if it is one that failed.
    var commandFailed: CommandFailed? { thrown(as: CommandFailed.self) }
}
