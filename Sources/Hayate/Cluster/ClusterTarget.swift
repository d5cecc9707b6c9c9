import Glibc
import HayateCluster
import HayateCore
import HayateLaunch
import HayateNetwork
import HayateTransport

/// A cluster of a site with everything that is known of it before anything is submitted.
struct ClusterTarget: Sendable {
    var site: SiteProfile
    /// What all its jobs have in common.
    var plan: AllocationPlan
    let templates: TemplateLibrary
    /// The fewest and the most daemons.
    var daemons: ClosedRange<Int>
    /// How long daemons may be without a task, if the pool does not say.
    var idleTime: Duration?
    /// Where the scheduler's commands are; nil: here.
    var remote: RemoteHost?

    var cluster: ClusterProfile { plan.cluster }

    /// The addresses at which the host listens for daemons of the cluster's machines.
    /// - Throws: `HayateError.transport` with what is wrong with the site's network.
    func endpoints() throws(HayateError) -> Endpoints {
        // They come through the tunnel.
        if remote != nil {
            return Endpoints(try Daemons.endpoint("\(site.network.scheme)://127.0.0.1:0", allowsPlaintext: false))
        }
        var nodes: [String] = []
        if case .route = site.network.dialBack, let reader = cluster.answerReader, let query = reader.nodeQuery {
            nodes = reader.readNodes(CommandRunner.runBlocking(query))
        }
        let address: DialBackAddress
        do throws(AddressError) {
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
}
