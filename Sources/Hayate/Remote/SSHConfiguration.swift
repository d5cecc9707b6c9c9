import HayateLaunch

/// How `Pool.launchRemote` has daemons started on other machines: see `sshConfig`.
public struct SSHConfiguration: Sendable {
    /// As `RemoteHost.init(_:)` reads them.
    public var remotes: [String]
    /// Whether daemons come through the connection that started them.
    public var tunnel: Bool
    /// How long a machine that does not answer is tried.
    public var timeout: Duration
    /// nil: the pool's executable (`Daemons.executable`), uploaded.
    public var command: RemoteProgram?
    public var connector: any RemoteConnector
}

/// Daemons on other machines that are started once: mirai's `ssh_config`.
///
/// ```swift
/// let remote = sshConfig(["ssh://me@node1", "ssh://me@node2"], by: SSH())
/// try await pool.launchRemote(2, remote: remote)
/// ```
///
/// What is lost is not replaced; `Daemons.remote` does that.
/// - Parameters:
///   - remotes: `ssh://[user@]host[:port]`, or names of `~/.ssh/config`.
///   - tunnel: for machines that cannot dial this one. The pool must listen on `127.0.0.1`; which port daemons dial
///     over there is found out.
///   - timeout: how long a machine that does not answer is tried, more than zero.
///   - command: a program that is installed there; nil: the pool's executable, which is copied there.
public func sshConfig(
    _ remotes: [String], tunnel: Bool = false, timeout: Duration = .seconds(10), command: RemoteProgram? = nil,
    by connector: any RemoteConnector
) -> SSHConfiguration {
    SSHConfiguration(remotes: remotes, tunnel: tunnel, timeout: timeout, command: command, connector: connector)
}

extension SSHConfiguration {
    /// How many daemons each machine gets.
    /// - Throws: `HayateError.invalidArgument`: several machines get one each.
    func shares(of count: Int) throws(HayateError) -> [Int] {
        guard remotes.count > 1 else { return [count] }
        guard count == 1 || count == remotes.count else {
            throw HayateError(
                .invalidArgument,
                "\(count) daemons cannot be one on each of \(remotes.count) machines: launch \(remotes.count), or name "
                    + "one machine")
        }
        return remotes.map { _ in 1 }
    }

    var place: RemotePlace {
        var place = RemotePlace(remotes, by: connector)
        place.way = tunnel ? .tunnel : .direct
        place.program = command
        place.patience = timeout
        return place
    }
}
