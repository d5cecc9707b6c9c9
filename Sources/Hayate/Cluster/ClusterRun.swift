import HayateCluster
import HayateCore
import HayateLaunch
import HayateTLS
import HayateJournal

/// A run in the registry of allocations with the directory of its jobs: a new one, or that of a session's last host.
struct ClusterRun: Sendable {
    let journal: AllocationJournal
    /// What the last host has left of it; nil: it is new.
    let past: RecordedRun?
    /// Here, for scripts.
    let directory: RunDirectory
    /// What people call the directory with the logs: of the cluster's other side, absolute or from the home directory
    /// there, or the same.
    let logs: String

    /// The session's notes of the run's id, and of when the queue's list was asked for last, in seconds since 1970.
    static let runNote = "cluster-run"
    static let statusNote = "cluster-status"
    /// And of the port of a cluster's other side that leads to the host.
    static let portNote = "cluster-port"

    /// - Parameter isFar: whether the jobs do not see this machine's file systems.
    /// - Throws: `HayateError.launchFailed` if nothing can be written down, if another host of the session lives, or if
    ///   the last host's jobs are those of another cluster.
    init(_ target: ClusterTarget, _ durability: Durability?, isFar: Bool) throws(HayateError) {
        do throws(RegistryError) {
            let registry = try AllocationRegistry.default()
            if let last = try Self.last(in: registry, target, durability) {
                self = try ClusterRun(last.journal, last.recorded, target, isFar: isFar)
            } else {
                self = try ClusterRun(beginningIn: registry, target, isFar: isFar)
            }
        } catch {
            throw HayateError(.launchFailed, error.message)
        }
    }

    private init(
        _ journal: AllocationJournal, _ past: RecordedRun, _ target: ClusterTarget, isFar: Bool
    ) throws(RegistryError) {
        self.journal = journal
        self.past = past
        let path = isFar ? nil : past.run.logDirectory
        directory = try RunDirectory(
            at: path ?? RunDirectory.path(in: isFar ? nil : target.site.runtime.sharedDirectory, run: past.run.id))
        logs = past.run.logDirectory ?? directory.path
    }

    private init(
        beginningIn registry: AllocationRegistry, _ target: ClusterTarget, isFar: Bool
    ) throws(RegistryError) {
        var run = AllocationRun.ofThisProcess(
            site: target.site.id, clusterName: target.plan.clusterName, cluster: target.cluster, logDirectory: nil)
        let shared = target.site.runtime.sharedDirectory
        directory = try RunDirectory(at: RunDirectory.path(in: isFar ? nil : shared, run: run.id))
        logs = isFar ? "\(shared ?? ".hayate")/jobs/\(run.id)" : directory.path
        run.logDirectory = logs
        past = nil
        do throws(RegistryError) {
            journal = try registry.begin(run)
        } catch {
            directory.remove()
            throw error
        }
    }

    /// The run of the session's last host, if there is anything left of it.
    private static func last(
        in registry: AllocationRegistry, _ target: ClusterTarget, _ durability: Durability?
    ) throws(RegistryError) -> (journal: AllocationJournal, recorded: RecordedRun)? {
        guard let note = durability?.contents.notes[runNote] else { return nil }
        let id = String(decoding: note, as: UTF8.self)
        // Somebody has cleaned it up, or it had come to its end.
        guard AllocationRun.isID(id), try registry.contains(id) else { return nil }
        let (journal, recorded) = try registry.resume(id)
        let (site, cluster) = (recorded.run.site, recorded.run.clusterName)
        guard site != target.site.id || cluster != target.plan.clusterName else { return (journal, recorded) }
        guard try !journal.finish() else { return nil }
        throw RegistryError(
            "The session has jobs on \(site):\(cluster), and shall have others on "
                + "\(target.site.id):\(target.plan.clusterName): start it with the former, or cancel them with "
                + "'hayate allocations clean --run \(id)'")
    }
}

extension ClusterRun {
    /// Keeps the daemons' key beside the scripts: jobs that start while no host lives find it there.
    /// - Returns: the file; nil if the directory is not safe enough for secrets.
    static func keep(_ key: SecretBytes, in directory: RunDirectory) -> String? {
        let file = "\(directory.path)/daemon.key"
        do throws(KeyFileError) {
            try SecretFile.write(key, to: file, replacing: true)
            return file
        } catch {
            ClusterLauncher.log.debug("the daemons' key is not kept in \(directory.path): \(error.message)")
            return nil
        }
    }
}
