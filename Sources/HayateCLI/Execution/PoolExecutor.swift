import Foundation
import Hayate
import HayateTransport

/// Runs the commands of elements on a pool of daemons.
struct PoolExecutor: ElementExecutor {
    /// Bytes of one output that travel and are held in memory; longer ones go to a file as a whole.
    static let captureLimit = 256 << 10

    /// The same where no file can be handed over: what is longer is cut.
    static let captureLimitAcrossMachines = 64 << 20

    private let pool: Pool
    /// nil where daemons of other machines may join, which do not see it.
    private let spillDirectory: String?

    /// Starts daemons of this very program, runs the body with them, and leaves no process and no
    /// file behind.
    @Sendable
    static func with(
        _ options: ExecutorOptions, _ body: ProgramEnvironment.Body
    ) async throws -> Int32 {
        let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        let directory: PrivateDirectory
        do {
            directory = try PrivateDirectory(inside: parent)
        } catch {
            throw CommandLineError.outputFailed(parent, error.message)
        }
        defer { directory.remove() }
        let logins = RemoteLogins(options.ssh)
        do {
            let code = try await with(options, logins, spillDirectory: directory.path, body)
            await logins.close()
            return code
        } catch {
            await logins.close()
            throw error
        }
    }

    private static func with(
        _ options: ExecutorOptions, _ logins: RemoteLogins, spillDirectory: String, _ body: ProgramEnvironment.Body
    ) async throws -> Int32 {
        try await withDaemons(options.pool(logins)) { pool in
            let isOpen = options.place?.listen != nil || pool.allocations != nil || options.remote != nil
            // Otherwise every command of a sweep would tell in its turn that there is no machine.
            if let remote = options.remote { try await firstDaemon(of: pool, remote) }
            if options.place?.listen != nil {
                let environment = ProgramEnvironment.current
                environment.write(ListenOptions.invitation(to: pool), to: environment.error)
            }
            return try await body(
                PoolExecutor(pool: pool, spillDirectory: isOpen ? nil : spillDirectory))
        }
    }

    /// - Throws: when it is certain that there will be none. Why, each machine has told in the log.
    private static func firstDaemon(of pool: Pool, _ remote: RemoteRequest) async throws {
        do throws(HayateError) {
            try await pool.ready(1)
        } catch where error.code == .noDaemons {
            throw CommandLineError.noDaemon(on: remote.hosts)
        }
    }

    func execute(_ request: ElementRequest) async -> ElementOutcome {
        await start(request)()
    }

    func start(_ request: ElementRequest) async -> @Sendable () async -> ElementOutcome {
        let command = command(for: request)
        guard let mirai = try? await submit(command, for: request) else {
            return { ElementOutcome(status: .cancelled, attempts: 0) }
        }
        return { await finish(request, command, mirai) }
    }

    func stop(for reason: RunSummary.Stop) async { await pool.close() }

    private func submit(_ command: Command, for request: ElementRequest) async throws -> Mirai<CommandResult> {
        try await pool.submit(command, timeRequest: request.timeRequest, resources: request.resources)
    }

    private func command(for request: ElementRequest) -> Command {
        var command = Command(request.arguments).environment(request.environment)
        if !request.standardInput.isEmpty {
            command = command.standardInput(.bytes(request.standardInput))
        }
        let limit = spillDirectory == nil ? Self.captureLimitAcrossMachines : Self.captureLimit
        command.standardOutput = .capture(limit: limit)
        command.standardError = .capture(limit: limit)
        command.spillDirectory = spillDirectory
        command.timeLimitMilliseconds = request.timeout.map { UInt64($0.nanoseconds / 1_000_000) }
        return command
    }

    private func finish(
        _ request: ElementRequest, _ command: Command, _ mirai: Mirai<CommandResult>
    ) async -> ElementOutcome {
        var (command, mirai) = (command, mirai)
        var failures = 0
        while true {
            let outcome = self.outcome(await mirai.result, attempts: command.earlierAttempts)
            guard failures < request.retries, outcome.status.isWorthAnotherTry, !Task.isCancelled
            else { return outcome }
            failures += 1
            command.earlierAttempts = outcome.attempts
            outcome.standardOutput.discard()
            outcome.standardError.discard()
            do {
                mirai = try await submit(command, for: request)
            } catch {
                return ElementOutcome(status: .cancelled, attempts: command.earlierAttempts)
            }
        }
    }

    private func outcome(
        _ result: Result<CommandResult, HayateError>, attempts earlier: Int
    ) -> ElementOutcome {
        switch result {
        case .success(let result):
            return ElementOutcome(result, attempts: earlier + result.attempt)
        case .failure(let error):
            return ElementOutcome(
                status: ElementOutcome.Status(error), attempts: earlier + (error.attempt ?? 0),
                started: Date(), ended: Date(), daemon: error.daemon ?? "")
        }
    }

    var status: ExecutorStatus {
        let status = pool.status
        return ExecutorStatus(
            running: status.daemons.count { $0.held > 0 }, daemons: status.daemons.count,
            waitReason: status.stalled
                ?? (status.daemons.isEmpty && status.counts.waiting > 0 ? "waiting for daemons" : nil))
    }

    var lostJobs: [String] {
        (pool.allocations?.endings ?? []).filter { !$0.wasExpected }.map(\.text)
    }
}

extension ExecutorOptions {
    /// The daemons that these options ask for, with a login to each machine that they name.
    func pool(_ logins: RemoteLogins) async throws -> Daemons {
        var pool = cluster.map { Daemons.site($0) } ?? .local(daemons)
        if let remote {
            try await logins.logIn(to: remote.hosts)
            pool = .remote(remote.place(by: logins))
        }
        if let offer { pool = offer.apply(to: pool) }
        pool.connector = logins
        // This very program needs libraries that other machines need not have.
        if let file = try? DaemonFile.find() { pool.remoteProgram = .uploaded(file) }
        return try place?.pool(of: pool) ?? pool
    }
}

extension ElementOutcome {
    init(_ result: CommandResult, attempts: Int, ended: Date = Date()) {
        let status: Status =
            if result.timedOut {
                .timedOut
            } else {
                switch result.exit {
                case .exited(code: 0): .succeeded
                case .exited(let code): .failed(exitCode: code)
                case .signalled(let number, _): .signalled(number)
                }
            }
        let seconds = Double(result.wallNanoseconds) / 1e9
        self.init(
            status: status, standardOutput: CapturedOutput(result.standardOutput),
            standardError: CapturedOutput(result.standardError), attempts: attempts,
            started: ended.addingTimeInterval(-seconds), ended: ended,
            wallTime: .nanoseconds(Int64(clamping: result.wallNanoseconds)),
            processorTime: .nanoseconds(
                Int64(clamping: result.userNanoseconds + result.systemNanoseconds)),
            peakMemoryBytes: result.peakMemoryIsBound ? nil : Int(clamping: result.peakMemoryBytes),
            daemon: result.daemon)
    }
}

extension ElementOutcome.Status {
    init(_ error: HayateError) {
        switch error.code {
        case .cancelled, .closed: self = .cancelled
        case .timedOut: self = .timedOut
        case .daemonLost, .poisoned: self = .lost
        default: self = .couldNotStart(error.message)
        }
    }

    /// A command that could not be started or was stopped will not do better the next time.
    fileprivate var isWorthAnotherTry: Bool {
        switch self {
        case .failed, .signalled, .timedOut, .lost: true
        case .succeeded, .cancelled, .couldNotStart: false
        }
    }
}

extension CapturedOutput {
    fileprivate init(_ output: HayateDaemon.CapturedOutput) {
        if let path = output.spillPath {
            self.init(
                file: path, byteCount: Int(clamping: output.totalCount),
                isTruncated: output.isIncomplete)
        } else {
            self.init(output.bytes, isTruncated: output.isTruncated)
        }
    }

    /// Nobody wants it: an earlier attempt's output must not stay in the spill directory.
    fileprivate func discard() {
        if case .file(let path) = content { unlink(path) }
    }
}
