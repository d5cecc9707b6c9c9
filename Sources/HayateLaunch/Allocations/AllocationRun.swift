import Glibc
import HayateCluster

/// What the registry keeps of a run, which is a pool with its allocations: all that is needed to ask after
/// them, and to cancel them, once its host is gone.
public struct AllocationRun: Hashable, Sendable {
    /// 8 hexadecimal digits.
    public var id: String
    public var host: HostProcess
    /// Whose jobs they are, as the scheduler knows him.
    public var user: String
    /// Seconds since 1970.
    public var began: Int64
    /// The directory where the host runs.
    public var directory: String
    /// The site's id.
    public var site: String
    /// The cluster's name within the site.
    public var clusterName: String
    /// Scheduler, access, commands, and what the rules for submissions say of variables and of cancelling. The
    /// rest is not kept.
    public var cluster: ClusterProfile
    /// The run's own directory for what its jobs print, which goes with it; nil: there is none.
    public var logDirectory: String?

    /// A run of this process that begins now.
    public static func ofThisProcess(
        site: String, clusterName: String, cluster: ClusterProfile, logDirectory: String?
    ) -> AllocationRun {
        let number = String(UInt32.random(in: 0...UInt32.max), radix: 16)
        return AllocationRun(
            id: String(repeating: "0", count: 8 - number.utf8.count) + number, host: .current(),
            user: Self.userName(), began: Int64(time(nil)), directory: Self.workingDirectory(), site: site,
            clusterName: clusterName, cluster: cluster, logDirectory: logDirectory)
    }

    /// Whether it can be a run's id, and so part of a file's name.
    public static func isID(_ text: String) -> Bool {
        text.utf8.count == 8
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private static func userName() -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var texts = [CChar](repeating: 0, count: 16 << 10)
        guard getpwuid_r(geteuid(), &entry, &texts, texts.count, &found) == 0, found != nil,
            let name = entry.pw_name
        else { return String(geteuid()) }
        return String(cString: name)
    }

    private static func workingDirectory() -> String {
        guard let path = getcwd(nil, 0) else { return "" }
        defer { free(path) }
        return String(cString: path)
    }
}
