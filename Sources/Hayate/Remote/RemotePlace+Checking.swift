import HayateCore
import HayateDaemon
import HayateLaunch
import HayateTransport

extension RemotePlace {
    /// The names of the machines, read.
    func machines() throws(HayateError) -> [RemoteHost] {
        do throws(RemoteError) {
            var machines: [RemoteHost] = []
            for host in hosts { machines.append(try RemoteHost(host)) }
            return machines
        } catch {
            throw HayateError(.invalidArgument, error.description)
        }
    }

    /// Where a pool listens for daemons of other machines that was given no url.
    var endpoint: String {
        switch way {
        case .direct: "tls+tcp://0.0.0.0:0"
        case .tunnel: "tls+tcp://127.0.0.1:0"
        }
    }

    /// Checks what can be checked without connecting.
    /// - Throws: `HayateError.invalidArgument`, with the value and the remedy.
    func validate(for daemons: Daemons) throws(HayateError) {
        func refuse(_ reason: String) -> HayateError { HayateError(.invalidArgument, reason) }
        _ = try machines()
        guard !hosts.isEmpty, hosts.count <= RemoteLaunch.mostHosts else {
            throw refuse("a pool on other machines needs the names of 1 to \(RemoteLaunch.mostHosts) machines")
        }
        guard daemonsPerHost > 0 else {
            throw refuse("the number of daemons on each machine must be at least 1, and is \(daemonsPerHost)")
        }
        guard parallel > 0 else {
            throw refuse("parallel must be at least 1, for machines to be connected to, and is \(parallel)")
        }
        guard patience > .zero else { throw refuse("patience must be more than zero, and is \(patience)") }
        guard daemons.place == nil, daemons.count == 0, !daemons.isSynchronous else {
            throw refuse(
                "a pool's daemons are on other machines, or jobs of a cluster, or processes of this machine: "
                    + "use one of .remote, .site and .local, and launch others by hand")
        }
        for name in daemons.environment.keys.sorted() where !Self.isVariable(name) {
            throw refuse("'\(name)' cannot be set by a shell of another machine: use letters, digits and _ alone")
        }
        try validateWay(daemons, refuse)
    }

    private func validateWay(_ daemons: Daemons, _ refuse: (String) -> HayateError) throws(HayateError) {
        switch way {
        case .tunnel:
            guard daemons.url == nil else {
                throw refuse(
                    "a tunnelled pool listens on this machine's loopback alone, at a port that is free: leave out "
                        + "the url \(daemons.url ?? "")")
            }
            guard daemons.options.autoExit != .never else {
                throw refuse(
                    "daemons behind a tunnel cannot stay for the next host, since the tunnel ends with this one: use "
                        + "another autoExit, or the direct way with a url")
            }
        case .direct:
            guard let url = daemons.url else { return }
            guard try !Daemons.endpoint(url, allowsPlaintext: daemons.allowsPlaintext).isLocalSocket else {
                throw refuse(
                    "\(url) is a socket of this machine, which daemons on others cannot reach: write "
                        + "tls+tcp://0.0.0.0:0, or leave it out")
            }
        }
    }

    private static func isVariable(_ name: String) -> Bool {
        name.utf8.first.map { !(0x30...0x39).contains($0) } ?? false
            && name.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "_": true
                default: false
                }
            }
    }
}
