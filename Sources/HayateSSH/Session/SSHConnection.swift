import HayateCluster
import HayateCore
import HayateLaunch
import Synchronization

/// A session of SSH as the rest of the program sees it.
final class SSHConnection: RemoteConnection {
    let host: RemoteHost
    let ownAddress: String?
    let session: SSHSession

    private init(_ session: SSHSession) {
        host = session.host
        ownAddress = session.shared.withLock { $0.ownAddress }
        self.session = session
    }

    deinit {
        session.stop()
        session.detachThread()
    }

    /// - Parameter route: what is passed on the way, with the machine itself; nil: what the configuration says.
    static func open(
        _ host: RemoteHost, _ ssh: SSH, route: [SSHDestination]? = nil
    ) async throws(RemoteError) -> SSHConnection {
        let session = SSHSession(host, ssh, route: route)
        let result: Result<Void, RemoteError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                session.start { continuation.resume(returning: $0) }
            }
        } onCancel: {
            session.stop()
        }
        if case .failure(let error) = result {
            await end(session)
            throw error
        }
        return SSHConnection(session)
    }

    private static func end(_ session: SSHSession) async {
        session.stop()
        await withCheckedContinuation { continuation in session.whenEnded { continuation.resume() } }
        session.joinThread()
    }

    var failure: RemoteError? { session.shared.withLock { $0.failure } }

    func whenEnded(_ body: @escaping @Sendable () -> Void) { session.whenEnded(body) }

    func close() async { await Self.end(session) }

    // MARK: commands

    func run(script: String, timeLimit: Duration) async -> CommandAnswer {
        if script.utf8.contains(0) {
            return CommandAnswer(.notStarted("The script has a NUL byte in it; leave it out."))
        }
        return await run(
            RemoteCommand.Request(
                text: CommandScript.readsAll, input: [InputSource(Array(script.utf8))], timeLimit: timeLimit,
                name: "The script"))
    }

    func run(_ line: CommandLine) async -> CommandAnswer {
        if let fault = CommandScript.fault(in: line) { return CommandAnswer(.notStarted(fault)) }
        let script = Array(CommandScript.script(for: line).utf8)
        let program = line.words[0]
        var answer = await run(
            RemoteCommand.Request(
                text: CommandScript.reads(script.count),
                input: [InputSource(script), InputSource(Array((line.standardInput ?? "").utf8))],
                timeLimit: line.timeLimit, name: program))
        if answer.end == .process(.exited(code: 127)), answer.errors.hasSuffix(CommandScript.missing + "\n") {
            answer = CommandAnswer(.notStarted(missing(program)))
        } else if answer.end == .process(.exited(code: 126)),
            answer.errors.hasSuffix(CommandScript.notExecutable + "\n")
        {
            answer = CommandAnswer(.notStarted("\(program) on \(host) may not be executed; check its permissions."))
        }
        return answer
    }

    private func missing(_ program: String) -> String {
        if program.contains("/") {
            return "There is no program \(program) on \(host); check its path in the site's commands."
        }
        return "There is no program \(program) in PATH on \(host), where commands run without a login shell; name its "
            + "path in the site's commands, or have ~/.bashrc there load the scheduler's software."
    }

    func run(_ request: RemoteCommand.Request) async -> CommandAnswer {
        let host = host
        return await withCheckedContinuation { continuation in
            session.post { session in
                RemoteCommand(session, request) { continuation.resume(returning: $0) }.enter()
            } orElse: { failure in
                request.input.forEach { $0.end() }
                continuation.resume(
                    returning: CommandAnswer(
                        .process(.exited(code: 255)), errors: "ssh: connect to host \(host): \(failure.reason)\n"))
            }
        }
    }

    // MARK: tunnels

    func forward(
        _ port: UInt16, on address: String, to local: (host: String, port: UInt16)
    ) async throws(RemoteError) -> UInt16 {
        let (session, target) = (session, local)
        let result: Result<UInt16, RemoteError> = await withCheckedContinuation { continuation in
            session.resolve(target.host, port: target.port) { targets in
                switch targets {
                case .failure(let error): continuation.resume(returning: .failure(error))
                case .success(let addresses):
                    session.post { session in
                        session.listen(address, port, to: addresses) { continuation.resume(returning: $0) }
                    } orElse: { failure in
                        continuation.resume(
                            returning: .failure(
                                RemoteError(host: failure.host, .tunnel, failure.reason, isTransient: true)))
                    }
                }
            }
        }
        return try result.get()
    }
}
