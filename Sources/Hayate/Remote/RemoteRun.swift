import HayateCore

/// What a session keeps of its daemons on other machines, so that its next host finds them again.
struct RemoteRun: Sendable, Hashable {
    /// The pool's directory on other machines, but for the machine's place.
    var name: String
    /// How many hosts the run has had. Each numbers its launches from a place of its own, since a host that is killed may
    /// have started daemons of which nobody has heard.
    var hosts = 0
    /// The machines as they were named, and the ports of theirs that lead to the host; 0: none.
    var machines: [String]
    var ports: [UInt16]

    /// The session's note of it.
    static let note = "remote-run"
    private static let launchesPerHost: UInt64 = 1 << 20

    init(_ name: String, _ machines: [String]) {
        self.name = name
        self.machines = machines
        ports = machines.map { _ in 0 }
    }

    /// nil if the note is of something else.
    init?(reading note: [UInt8]) {
        let lines = String(decoding: note, as: UTF8.self).split(separator: "\n").map { line in
            line.split(separator: " ", maxSplits: 1).map(String.init)
        }
        guard let first = lines.first, first.count == 2, let hosts = Int(first[0]),
            lines.allSatisfy({ $0.count == 2 })
        else { return nil }
        self.init(first[1], lines.dropFirst().map { $0[1] })
        self.hosts = hosts
        ports = lines.dropFirst().map { UInt16($0[0]) ?? 0 }
    }

    var written: [UInt8] {
        var lines = ["\(hosts) \(name)"]
        for (port, machine) in zip(ports, machines) { lines.append("\(port) \(machine)") }
        return Array(lines.joined(separator: "\n").utf8)
    }

    /// The first number of this host's launches on a machine, less 1.
    var lastNumber: UInt64 { UInt64(max(0, hosts - 1)) * Self.launchesPerHost }

    /// The first place of its daemons among all that the run has had.
    var firstIndex: Int { max(0, hosts - 1) * Int(Self.launchesPerHost) }
}
