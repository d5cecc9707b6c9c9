import HayateCluster
import Synchronization

/// Brings a program to another machine: the questions first, and the copy only if it is worth it.
struct Deployment {
    let connection: any RemoteConnection

    /// How long the machine may take to answer.
    static let answerLimit = Duration.seconds(60)

    /// What this process has copied, for machines that cannot tell a file's hash.
    private static let copied = Mutex<Set<String>>([])

    /// - Returns: where it is there.
    func bring(_ path: String) async throws(RemoteError) -> String {
        let program: LocalProgram
        do throws(LocalProgram.Failure) {
            program = try LocalProgram.read(path)
        } catch {
            throw failure(error.reason)
        }
        let facts = MachineFacts(try await answer(to: .probe(program)))
        if let objection = facts.objection(to: program) { throw failure(objection) }
        guard let file = facts.file else {
            throw failure("its shell does not say where the file belongs: check /bin/sh there")
        }
        let key = "\(connection.host) \(file) \(program.digest)"
        if facts.isSame || (facts.isPresent && Self.copied.withLock { $0.contains(key) }) { return file }
        if facts.isBare {
            try await upload(program, to: file)
            // What can be checked there is.
            if facts.hasSums {
                guard MachineFacts(try await answer(to: .probe(program))).isSame else { throw differs(file) }
            }
        } else {
            try await place(program, at: file)
        }
        _ = Self.copied.withLock { $0.insert(key) }
        return file
    }

    /// Under a name of its own, so that two who bring the same do not disturb each other.
    private func place(_ program: LocalProgram, at file: String) async throws(RemoteError) {
        var random = SystemRandomNumberGenerator()
        let part = file + ".part-" + String(random.next() | 1 << 63, radix: 16)
        do throws(RemoteError) {
            try await upload(program, to: part)
            let answer = try await answer(to: .finish(program, part: part, file: file))
            if answer.has("differs") { throw differs(file) }
            if let fault = answer["fault"] { throw failure(MachineFacts.printable(fault)) }
            guard answer.has("placed") else { throw failure("its shell does not say what became of \(file)") }
        } catch {
            if connection.failure == nil {
                _ = await connection.run(script: DeploymentScript.remove(part).text, timeLimit: .seconds(10))
            }
            throw error
        }
    }

    /// At least 64 KiB in a second, after a minute.
    private func upload(_ program: LocalProgram, to path: String) async throws(RemoteError) {
        let limit = Duration.seconds(60 + Int64(program.size >> 16))
        let connection = connection
        let result: Result<Void, RemoteError>? = await TimeLimited.run(limit) {
            do throws(RemoteError) {
                try await connection.upload(.file(program.path), to: path, mode: 0o700)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        guard let result else {
            guard !Task.isCancelled else { throw failure("it was given up while \(program.path) was copied") }
            throw failure("copying \(program.path) has taken more than \(limit): the way there is too slow", true)
        }
        try result.get()
    }

    func answer(to script: DeploymentScript) async throws(RemoteError) -> DeploymentAnswer {
        let said = await connection.run(script: script.text, timeLimit: Self.answerLimit)
        if let answer = DeploymentAnswer(said.output, mark: script.mark) { return answer }
        if let failure = connection.failure { throw failure }
        switch said.end {
        case .timedOut:
            throw failure("it has not answered within \(Self.answerLimit): is its file system stuck?", true)
        case .notStarted(let reason):
            throw failure("its shell could not be started: \(MachineFacts.printable(reason))", true)
        case .process:
            let lines = (said.errors + "\n" + said.output).split(separator: "\n")
            let words = lines.first.map { ", but: " + MachineFacts.printable(String($0)) } ?? ", and nothing else"
            throw failure("its shell did not say what it was asked\(words): check that /bin/sh runs commands there")
        }
    }

    func failure(_ reason: String, _ isTransient: Bool = false) -> RemoteError {
        RemoteError(host: "\(connection.host)", .deploy, reason, isTransient: isTransient)
    }

    private func differs(_ file: String) -> RemoteError {
        failure("what arrived there as \(file) is not what was sent: try again, and check its disk", true)
    }
}

/// Waits for work no longer than a time. The work is not cancelled: it ends by itself, or with its connection.
enum TimeLimited {
    /// - Returns: nil once the time is over.
    static func run<Value: Sendable>(
        _ limit: Duration, _ body: @escaping @Sendable () async -> Value
    ) async -> Value? {
        let (stream, continuation) = AsyncStream.makeStream(of: Value?.self, bufferingPolicy: .bufferingOldest(1))
        Task { continuation.yield(await body()) }
        let watch = Task {
            try await Task.sleep(for: limit)
            continuation.yield(nil)
        }
        defer { watch.cancel() }
        var answers = stream.makeAsyncIterator()
        return await answers.next() ?? nil
    }
}
