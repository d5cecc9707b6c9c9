import Foundation
import Hayate

/// What the daemons that a sweep starts have, where its commands ask for resources: each runs several commands at once.
struct Offer: Sendable, Equatable {
    var resources = DaemonResources()
    /// Whether a daemon has as many processors as the system lets it use; else those that are said here.
    var offersAllCPUs = false
    /// Whether one daemon of this machine is all that is started.
    var isHere: Bool

    /// nil if the commands ask for nothing.
    /// - Throws: `CommandLineError` for what this machine does not have.
    init?(_ command: MapCommand) throws {
        guard let request = try command.needs.request else { return nil }
        isHere = command.cluster.profile == nil && command.remote.hosts.isEmpty
        guard isHere else {
            // What else a job or another machine has, only the daemon there knows.
            offersAllCPUs = command.cluster.request.cpus == nil
            resources.cpus = command.cluster.request.cpus ?? 1
            resources.memory = command.cluster.request.memory.flatMap(ByteCount.bytes)
            return
        }
        let machine = ProcessInfo.processInfo
        // Whoever joins may have more.
        if command.place.listen == nil { try Self.check(request, on: machine) }
        // -n commands at once, each with what it asks for.
        resources.cpus = command.daemons.map { max(1, $0.range.upperBound * request.cpus) }
            ?? machine.activeProcessorCount
        if request.memory > 0 { resources.memory = Int64(clamping: machine.physicalMemory) }
    }

    /// The daemons of a session offer all that they have; on this machine one does, with so many processors as were
    /// asked for.
    init(_ options: SessionOptions) {
        let cluster = options.cluster
        isHere = cluster.profile == nil && options.remote.hosts.isEmpty
        if isHere {
            let machine = ProcessInfo.processInfo
            resources.cpus = options.daemons.map { max(1, $0.range.upperBound) } ?? machine.activeProcessorCount
            resources.memory = Int64(clamping: machine.physicalMemory)
        } else {
            offersAllCPUs = cluster.request.cpus == nil
            resources.cpus = cluster.request.cpus ?? 1
            resources.memory = cluster.request.memory.flatMap(ByteCount.bytes)
        }
    }

    private static func check(_ request: ResourceRequest, on machine: ProcessInfo) throws(CommandLineError) {
        if let name = request.named.keys.sorted().first { throw .noSuchResource(name) }
        if request.cpus > machine.activeProcessorCount {
            throw .tooMuchAsked("\(request.cpus) processors", has: "\(machine.activeProcessorCount)")
        }
        if request.memory > Int64(clamping: machine.physicalMemory) {
            throw .tooMuchAsked(
                ByteCount.text(request.memory), has: ByteCount.text(Int64(clamping: machine.physicalMemory >> 20) << 20))
        }
    }

    func apply(to daemons: Daemons) -> Daemons {
        daemons.with {
            if isHere { $0.count = min(1, $0.count) }
            $0.options.resources = resources
            $0.options.offersAllCPUs = offersAllCPUs
            $0.options.findsGPUs = true
        }
    }
}
