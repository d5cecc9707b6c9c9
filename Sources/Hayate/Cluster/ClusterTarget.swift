import Glibc
import HayateCluster
import HayateCore
import HayateLaunch
import HayateTransport

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

    /// The addresses at which the host listens for daemons of the cluster's machines.
    /// - Throws: `HayateError.transport` with what is wrong with the site's network.
    func endpoints() throws(HayateError) -> Endpoints {
        var nodes: [String] = []
        if case .route = site.network.dialBack, let reader = cluster.answerReader, let query = reader.nodeQuery {
            nodes = reader.readNodes(CommandRunner.runBlocking(query))
        }
        let address: DialBackAddress
        do throws(ClusterError) {
            address = try DialBackAddress.choose(site.network.dialBack, nodes: nodes)
        } catch {
            throw HayateError(.transport, error.description)
        }
        ClusterLauncher.log.debug("daemons dial \(address.host): \(address.reason)")
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        // Hosts that share a machine and a range do not all try the same port first.
        let ports = site.network.ports.map { Array($0).shuffled() } ?? [0]
        var endpoints: [Endpoint] = []
        for port in ports {
            endpoints.append(
                try Daemons.endpoint("\(site.network.scheme)://\(host):\(port)", allowsPlaintext: false))
        }
        return Endpoints(endpoints[0], others: Array(endpoints.dropFirst()))
    }

    /// Variables of this process that jobs get although they get no others: what finds the programs that tasks run.
    var passedEnvironment: [String: String] {
        var variables: [String: String] = [:]
        for name in ["PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH"] {
            if let value = getenv(name).map({ String(cString: $0) }) { variables[name] = value }
        }
        return variables
    }

    /// How long its jobs may run; nil: nobody says.
    func wallTime(of request: JobRequest) throws(HayateError) -> Duration? {
        request.wallTime ?? cluster.defaults.wallTime
    }

    /// How long daemons of jobs with this limit take tasks.
    func daemonTime(of limit: Duration) -> Duration {
        max(limit - site.runtime.wallTimeMargin, limit / 2)
    }
}
