import HayateCluster
import HayateLaunch

/// A cluster of a site with everything that is known of it before anything is submitted.
struct ClusterTarget: Sendable {
    var site: SiteProfile
    var clusterName: String
    var cluster: ClusterProfile
    var profile: ComputeProfile
    /// What was asked for over all profiles.
    var request: JobRequest
    /// The fewest and the most daemons.
    var daemons: ClosedRange<Int>

    /// Whether daemons are processes of this machine, and no scheduler is asked.
    var isLocal: Bool { cluster.scheduler == .local }
}
