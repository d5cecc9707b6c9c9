import ArgumentParser
import Hayate
import HayateLaunch
import HayateSSH

/// The other machines that run the daemons: options of `hayate map` and `hayate run`.
struct RemoteOptions: ParsableArguments, Sendable {
    /// The names of all of them, for whoever looks for a mistyped one.
    static let names = [
        "--ssh", "--tunnel", "--tunnel-port", "--remote-daemon", "--accept-new", "--ssh-config", "--identity",
    ]

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Run the daemons on this machine, as [user@]host[:port] or a name of ~/.ssh/config; several with commas "
                + "or by giving it again.", valueName: "host"),
        transform: { .init($0) })
    var ssh: [HostNames] = []

    @Flag(help: "Have those daemons reach this machine through the connection that started them.")
    var tunnel = false

    @Option(
        help: ArgumentHelp(
            "The same at one of these ports of those machines, as 9000-9010 (default: one that is free).",
            valueName: "ports"),
        transform: PortList.init)
    var tunnelPort: PortList?

    @Option(
        help: ArgumentHelp(
            "Start this program of those machines, hayate or hayate-daemon, instead of copying one there.",
            valueName: "path"))
    var remoteDaemon: String?

    @OptionGroup var login: LoginOptions

    /// The machines' names, as they were given.
    var hosts: [String] { ssh.flatMap(\.names) }

    func validate() throws {
        for host in hosts {
            do throws(RemoteError) {
                _ = try RemoteHost(host)
            } catch {
                throw ValidationError("--ssh \(error).")
            }
        }
        var seen: Set<String> = []
        for host in hosts where !seen.insert(host).inserted {
            throw ValidationError("--ssh names \(host) twice: -n says how many daemons run on each machine.")
        }
        if !ssh.isEmpty, hosts.isEmpty { throw ValidationError("--ssh names no machine.") }
        guard ssh.isEmpty else { return }
        let given = [
            ("--tunnel", tunnel), ("--tunnel-port", tunnelPort != nil), ("--remote-daemon", remoteDaemon != nil),
        ]
        if let option = given.first(where: \.1)?.0 {
            throw ValidationError("\(option) is about daemons on other machines: it needs --ssh.")
        }
    }

    /// What does not go together with the other places for daemons.
    func validate(with cluster: ClusterOptions, listen: String? = nil) throws {
        if !ssh.isEmpty, cluster.profile != nil {
            throw ValidationError("--ssh and --profile are two places for daemons: give one.")
        }
        if tunnel || tunnelPort != nil, let listen {
            throw ValidationError(
                "Daemons behind --tunnel have no other way to this machine: leave out --listen \(listen), or --tunnel.")
        }
        if let option = login.options.first, ssh.isEmpty, cluster.profile == nil {
            throw ValidationError("\(option) is about other machines: it needs --ssh, or --profile.")
        }
    }

    /// The place of so many daemons on each machine; nil: this machine.
    /// - Throws: `CommandLineError` if there is no program to copy there.
    func place(_ daemonsPerHost: Int) throws -> RemoteRequest? {
        guard !ssh.isEmpty else { return nil }
        var request = RemoteRequest(hosts: hosts, daemonsPerHost: daemonsPerHost)
        if tunnel || tunnelPort != nil { request.way = .tunnel(ports: tunnelPort?.ports ?? []) }
        request.program = try remoteDaemon.map { .installed($0) } ?? .uploaded(DaemonFile.find())
        return request
    }
}

/// How `hayate` logs in to other machines.
struct LoginOptions: ParsableArguments, Sendable {
    @Flag(help: "Take and write down the keys of machines that are not in known_hosts yet. A changed key is refused.")
    var acceptNew = false

    @Option(
        help: ArgumentHelp(
            "The configuration of SSH (default: ~/.ssh/config and the system's).", valueName: "file"))
    var sshConfig: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("A private key to log in with, before all others; may be given again.", valueName: "file"))
    var identity: [String] = []

    /// Those that were given.
    var options: [String] {
        [("--accept-new", acceptNew), ("--ssh-config", sshConfig != nil), ("--identity", !identity.isEmpty)]
            .filter(\.1).map(\.0)
    }

    /// Without anybody to ask.
    var ssh: SSH {
        var ssh = SSH()
        ssh.acceptsNew = acceptNew
        ssh.configFile = sshConfig
        ssh.identities = identity
        let environment = ProgramEnvironment.current
        ssh.onNewKey = { environment.write("hayate: \($0)\n", to: environment.error) }
        return ssh
    }
}

/// Names with commas between them.
struct HostNames: Sendable, Equatable {
    var names: [String]

    init(_ text: String) { names = text.split(separator: ",").map(String.init) }
}

/// Ports: `9000`, `9000-9010`, or several of these with commas.
struct PortList: Sendable, Equatable {
    var ports: [UInt16] = []

    init(_ text: String) throws {
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) ?? 0 }
            guard (1...2).contains(ends.count), let first = ends.first, let last = ends.last, first > 0, first <= last
            else { throw ValidationError("'\(text)' names no ports: write 9000, or 9000-9010.") }
            ports += first...last
        }
    }
}

/// Daemons on other machines, as far as it is known before anybody has logged in.
struct RemoteRequest: Sendable, Hashable {
    var hosts: [String]
    var daemonsPerHost: Int
    var way = RemotePlace.Way.direct
    var program: RemoteProgram?

    func place(by connector: any RemoteConnector) -> RemotePlace {
        var place = RemotePlace(hosts, daemonsPerHost: daemonsPerHost, by: connector)
        place.way = way
        place.program = program
        return place
    }
}
