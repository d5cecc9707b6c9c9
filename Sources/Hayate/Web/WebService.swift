import HayateCore
import HayateHTTP

/// What is known of a service that starts daemons.
protocol WebService: Sendable {
    /// The body of the request for one daemon.
    /// - Parameter call: asks the same server for something else first.
    func body(for daemon: RequestedDaemon, _ call: WebCall) async throws(WebFailure) -> String
    /// What the service calls the job before it has answered, if the body says so.
    func name(of daemon: RequestedDaemon) -> String?
    /// What the service calls the job that it has started.
    /// - Throws: if the answer says that it has not, whatever its status is.
    func job(in answer: HTTPAnswer) throws(HayateError) -> String?
    /// The service's words for what went wrong; nil: the body has to do.
    func complaint(in answer: HTTPAnswer) -> String?
    /// The URL to which `DELETE` is sent to end a job; nil: it cannot be ended.
    /// - Parameter url: where it was launched.
    func cancellation(of job: String, launchedAt url: String) -> String?
    /// Whether the answer to a `DELETE` says that there is no such job any more.
    func isGone(_ answer: HTTPAnswer) -> Bool
}

extension WebService {
    func name(of daemon: RequestedDaemon) -> String? { nil }
    func job(in answer: HTTPAnswer) throws(HayateError) -> String? { nil }
    func complaint(in answer: HTTPAnswer) -> String? { nil }
    func cancellation(of job: String, launchedAt url: String) -> String? { nil }
    func isGone(_ answer: HTTPAnswer) -> Bool { answer.status == 404 || answer.status == 410 }
}

/// A daemon that shall be started.
struct RequestedDaemon: Sendable {
    /// Unlike that of all others of all pools: digits and small letters.
    let name: String
    let key: LaunchKey
    /// The daemon's command for a POSIX shell, by where it finds its key.
    let command: @Sendable (LaunchKey) -> String

    var text: String { command(key) }

    /// The same with a key file as its standard input: containers mount files in ways that `--key-file` refuses, as
    /// links that others own.
    var textWithKeyAsInput: String {
        guard case .file(let path) = key else { return text }
        return "\(command(.standardInput)) < \(ShellText.quoted(path))"
    }
}

/// A service of which nothing is known.
struct PlainService: WebService {
    let data: LaunchValue<String>

    func body(for daemon: RequestedDaemon, _ call: WebCall) async throws(WebFailure) -> String {
        let data: String
        do { data = try await self.data.value("the body of the request") } catch { throw WebFailure(error) }
        let parts = data.split(separator: "%s", omittingEmptySubsequences: false)
        guard parts.count > 1 else {
            throw WebFailure(
                HayateError(
                    .invalidArgument,
                    "the body of a request that starts a daemon needs %s in the place of the daemon's command, between "
                        + "the quotes of a JSON string; it has none"))
        }
        var escaped: [UInt8] = []
        JSONText.escape(daemon.text, into: &escaped)
        return parts.joined(separator: String(decoding: escaped, as: UTF8.self))
    }
}

/// Why a service has not started a daemon, as far as anybody knows.
struct WebFailure: Error {
    var error: HayateError
    /// Whether it may have, because its answer did not come.
    var isUnclear = false
    /// Whether the service is there and has refused.
    var isAnswered = false
    /// What it has started for a pool that was closed meanwhile.
    var late: String?

    init(_ error: HayateError, isUnclear: Bool = false, isAnswered: Bool = false, late: String? = nil) {
        self.error = error
        self.isUnclear = isUnclear
        self.isAnswered = isAnswered
        self.late = late
    }
}
