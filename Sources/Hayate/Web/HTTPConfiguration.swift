/// How `Pool.launchRemote` has daemons started: by a request to a web service for each. See `httpConfig`.
public struct HTTPConfiguration: Sendable {
    public var url: LaunchValue<String>
    public var method: LaunchValue<String>
    /// By their names. `Content-Type` is `application/json` unless it is given.
    public var headers: LaunchValue<[String: String]>
    /// Sent as `Cookie`.
    public var cookie: LaunchValue<String>?
    /// Sent as `Authorization: Bearer`.
    public var token: LaunchValue<String>?
    /// How long each request may take.
    public var deadline = Duration.seconds(30)
    /// The file with the certificates of the authorities that may sign the server's, as PEM; nil: that of the variable
    /// `SSL_CERT_FILE`, else the system's.
    public var authorities: String?
    /// Where daemons find the pool's key.
    public var key = LaunchKey.published
    /// Whether a token or a cookie may go to another machine by `http://`, where all on the way can read it.
    public var allowsPlaintext = false

    let service: any WebService

    init(
        url: LaunchValue<String>, method: LaunchValue<String> = "POST", headers: LaunchValue<[String: String]> = [:],
        cookie: LaunchValue<String>? = nil, token: LaunchValue<String>? = nil, service: any WebService
    ) {
        self.url = url
        self.method = method
        self.headers = headers
        self.cookie = cookie
        self.token = token
        self.service = service
    }
}

/// Daemons started by a web service: mirai's `http_config`.
///
/// ```swift
/// let remote = httpConfig(
///     url: "https://api.example.org/launch", data: #"{"command": "%s"}"#,
///     token: .variable("MY_API_KEY"))
/// let answers = try await pool.launchRemote(2, remote: remote)
/// ```
///
/// One request for each daemon. Each part is a value or a closure (`LaunchValue.atLaunch`), evaluated at each launch.
/// The server's certificate is verified always. `HTTPConfiguration.workbench`, `.kubernetes` and `.slurm` know
/// their services.
/// - Parameters:
///   - data: the body, in which `%s` stands for the daemon's command, a line for a POSIX shell. It is escaped for a
///     JSON string, between whose quotes it must be.
///   - key: where the daemon finds the pool's key, if not in a home directory that it shares with this machine.
public func httpConfig(
    url: LaunchValue<String>, method: LaunchValue<String> = "POST", headers: LaunchValue<[String: String]> = [:],
    data: LaunchValue<String>, cookie: LaunchValue<String>? = nil, token: LaunchValue<String>? = nil,
    key: LaunchKey = .published
) -> HTTPConfiguration {
    var configuration = HTTPConfiguration(
        url: url, method: method, headers: headers, cookie: cookie, token: token, service: PlainService(data: data))
    configuration.key = key
    return configuration
}

/// Daemons as jobs of the Posit Workbench that this process runs in: mirai's defaults.
public func httpConfig() -> HTTPConfiguration { .workbench() }

/// What a web service said to the request for a daemon.
public struct LaunchAnswer: Sendable, Hashable {
    /// 200 to 299.
    public var status: Int
    /// As text, at most 1 MiB of it.
    public var body: String
    /// Whether the body was longer than that.
    public var isCut: Bool
    /// What the service calls what it started, where that is known: of Slurm the job's id, of Kubernetes the job's
    /// name.
    public var job: String?
}

/// Where a daemon that is started elsewhere finds the pool's key. In a command's words and environment it never is.
public enum LaunchKey: Sendable, Hashable {
    /// Where the pool leaves it in the home directory, which the daemon's machine shares.
    case published
    /// In this file of the daemon's machine. Only the daemon's user may be able to read it.
    case file(String)
    /// In the first line of the command's standard input.
    case standardInput
}
