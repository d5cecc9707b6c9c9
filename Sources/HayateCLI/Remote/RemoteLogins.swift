import Foundation
import HayateLaunch
import HayateSSH
import Logging
import Synchronization

/// Logs in to other machines, with the answers of whoever sits at the terminal.
///
/// All logins happen before a pool begins: people may take their time then. A password that was given is kept for the
/// machine's next connection, should the first one break when nobody is there.
final class RemoteLogins: RemoteConnector {
    private struct State {
        var first: [RemoteHost: Result<any RemoteConnection, RemoteError>] = [:]
        var passwords: [SSH.Question: String] = [:]
    }

    private let connect: @Sendable (RemoteHost, @escaping Ask) async throws(RemoteError) -> any RemoteConnection
    private let prompt: TerminalPrompt?
    private let state = Mutex(State())

    typealias Ask = @Sendable (SSH.Question) -> String?

    private static let log = Logger(label: "hayate.remote")
    /// How many are logged in to at the same time.
    private static let parallel = 8

    init(_ ssh: SSH, prompt: TerminalPrompt? = TerminalPrompt()) {
        self.prompt = prompt
        let hasPrompt = prompt != nil
        connect = { (host, ask) throws(RemoteError) in
            var ssh = ssh
            // Without a terminal the reason shall be that nobody can be asked.
            ssh.ask = hasPrompt ? ask : nil
            return try await ssh.connect(to: host)
        }
    }

    init(
        prompt: TerminalPrompt? = nil,
        _ connect: @escaping @Sendable (RemoteHost, @escaping Ask) async throws(RemoteError) -> any RemoteConnection
    ) {
        self.prompt = prompt
        self.connect = connect
    }

    /// Logs in to all of them, as far as that can be done.
    /// - Throws: if nobody can log in to any; what stands in the way everywhere else is told when the pool begins.
    func logIn(to names: [String]) async throws {
        let hosts = try names.map { try RemoteHost($0) }
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                for (index, host) in hosts.enumerated() {
                    if index >= Self.parallel { await group.next() }
                    group.addTask { await self.logIn(to: host) }
                }
            }
        } onCancel: {
            prompt?.cancel()
        }
        try Task.checkCancellation()
        let failures = state.withLock { state in
            hosts.compactMap { host -> RemoteError? in
                if case .failure(let error)? = state.first[host] { error } else { nil }
            }
        }
        // What is transient may be better when the pool tries it.
        guard failures.count == hosts.count, !failures.contains(where: \.isTransient) else {
            // That takes half a minute, which nobody should spend before a silent program.
            for error in failures where error.isTransient {
                Self.log.warning("\(error.host) cannot be reached yet, and is tried again (\(error.reason))")
            }
            return
        }
        throw CommandLineError.noMachine(failures)
    }

    private func logIn(to host: RemoteHost) async {
        let result: Result<any RemoteConnection, RemoteError>
        do throws(RemoteError) {
            result = .success(try await connect(host, asking()))
        } catch {
            result = .failure(error)
        }
        state.withLock { $0.first[host] = result }
    }

    func connect(to host: RemoteHost) async throws(RemoteError) -> any RemoteConnection {
        switch state.withLock({ $0.first.removeValue(forKey: host) }) {
        case .success(let connection)? where connection.failure == nil: return connection
        case .failure(let error)? where !error.isTransient: throw error
        default: return try await connect(host, asking())
        }
    }

    /// Closes what nobody has taken.
    func close() async {
        prompt?.cancel()
        let left = state.withLock { state in
            defer { state.first = [:] }
            return state.first.values.compactMap { try? $0.get() }
        }
        for connection in left { await connection.close() }
    }

    /// Who answers in one try to log in: what was answered before, but only once.
    private func asking() -> Ask {
        let tried = Mutex<Set<SSH.Question>>([])
        return { [self] question in
            let isFirst = tried.withLock { $0.insert(question).inserted }
            let isKept = Self.isPassword(question)
            if isFirst, isKept, let known = state.withLock({ $0.passwords[question] }) { return known }
            let text = question.text.hasSuffix(" ") ? question.text : question.text + " "
            let answer = prompt?.ask(text, isEchoed: question.isEchoed)
            if isKept { state.withLock { $0.passwords[question] = answer } }
            return answer
        }
    }

    /// Numbers of second factors are good once; they come by the same questions.
    private static func isPassword(_ question: SSH.Question) -> Bool {
        switch question.kind {
        case .password: true
        case .passphrase: false
        case .challenge: !question.isEchoed && question.text.lowercased().contains("password")
        }
    }
}
