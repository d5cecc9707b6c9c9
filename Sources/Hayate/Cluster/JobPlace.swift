import Glibc
import HayateDaemon

/// What planning a pool's jobs needs to know of the place where they are submitted and run.
struct JobPlace: Sendable {
    /// Whose jobs they are, as the scheduler knows him.
    var user: String
    /// Where jobs start that name no directory of their own.
    var workingDirectory: String?
    /// Variables that jobs get although they get no others.
    var environment: [String: String]
    /// What starts a daemon, without its own options.
    var program: [String]
    /// Where daemons dial.
    var url: String
    var credentials: DaemonCredentials
    /// The directory for what they print.
    var logs: String

    /// This machine, which shares its file systems with those of the cluster.
    static func here(
        _ target: ClusterTarget, _ daemons: Daemons, at url: String, _ security: HostSecurity,
        _ directory: RunDirectory
    ) -> JobPlace {
        var credentials = security.forOtherDaemons()
        // A key that is published goes with its host.
        if daemons.durability != nil, let key = security.keyText(), let file = ClusterRun.keep(key, in: directory) {
            credentials.keyFile = file
        }
        return JobPlace(
            user: userName(), workingDirectory: workingDirectoryHere(), environment: target.passedEnvironment,
            program: [target.site.runtime.daemon ?? daemons.executable ?? Entry.executablePath] + daemons.arguments,
            url: url, credentials: credentials, logs: directory.path)
    }

    private static func userName() -> String {
        guard let entry = getpwuid(geteuid()) else { return String(geteuid()) }
        return String(cString: entry.pointee.pw_name)
    }

    private static func workingDirectoryHere() -> String? {
        guard let path = getcwd(nil, 0) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }
}
