import HayateCluster
import HayateCore

extension ClusterTarget {
    /// Finds what `Daemons.site` named. At a machine without a scheduler the daemons become local ones.
    /// - Returns: nil if there is no scheduler to ask.
    static func resolve(_ daemons: inout Daemons) throws(HayateError) -> ClusterTarget? {
        guard let place = daemons.place else { return nil }
        guard let kind = SchedulerKind(rawValue: place.name) else { return nil }
        var cluster = ClusterProfile(kind)
        cluster.polling.interval = .seconds(5)
        return ClusterTarget(
            site: SiteProfile(id: place.name), clusterName: "main", cluster: cluster, profile: ComputeProfile(),
            request: place.request, daemons: place.daemons)
    }
}
