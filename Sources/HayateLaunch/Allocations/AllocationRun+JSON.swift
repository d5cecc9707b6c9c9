import HayateCluster
import HayateCore

/// The first line of a run's file.
extension AllocationRun {
    /// Of the files' form; a later one is refused.
    private static let version = 1

    func write(to line: inout JSONText) {
        line.beginObject()
        line.field("hayate", "allocations")
        line.field("version", Self.version)
        line.field("run", id)
        host.write(to: &line)
        line.field("user", user)
        line.field("began", Int(began))
        line.field("directory", directory)
        line.field("site", site)
        line.field("cluster", clusterName)
        if let logDirectory { line.field("logs", logDirectory) }
        cluster.write(to: &line)
        line.endObject()
        line.endLine()
    }

    /// - Throws: why the line is none.
    init(_ fields: JSONFields) throws(RegistryError) {
        guard fields.string("hayate") == "allocations", let version = fields.integer("version") else {
            throw RegistryError("its first line is not that of a registry of allocations")
        }
        guard version == Self.version else {
            throw RegistryError("a newer version of hayate has written it (form \(version)): use that one")
        }
        guard let id = fields.string("run"), Self.isID(id), let host = HostProcess(fields),
            let user = fields.string("user"), let began = fields.integer("began"),
            let directory = fields.string("directory"), let site = fields.string("site"),
            let clusterName = fields.string("cluster"), let cluster = ClusterProfile(fields)
        else { throw RegistryError("its first line is damaged") }
        self.init(
            id: id, host: host, user: user, began: Int64(began), directory: directory, site: site, clusterName: clusterName,
            cluster: cluster, logDirectory: fields.string("logs"))
    }
}

extension HostProcess {
    func write(to line: inout JSONText) {
        line.field("machine", machine)
        line.field("boot", boot)
        line.field("processSpace", processSpace)
        line.field("process", Int(process))
        line.field("started", String(started))
        line.field("locking", isLocking)
    }

    /// nil if this is none.
    init?(_ fields: JSONFields) {
        guard let machine = fields.string("machine"), let boot = fields.string("boot"),
            let processSpace = fields.string("processSpace"),
            let process = fields.integer("process").flatMap(Int32.init(exactly:)), process > 0,
            let started = fields.string("started").flatMap(UInt64.init), let locking = fields.truth("locking")
        else { return nil }
        self.init(
            machine: machine, boot: boot, processSpace: processSpace, process: process, started: started,
            isLocking: locking)
    }
}

extension ClusterProfile {
    fileprivate func write(to line: inout JSONText) {
        line.field("scheduler", scheduler.rawValue)
        if case .ssh(let host, let user, let port, let jumps, let identity) = access {
            line.field("sshHost", host)
            if let user { line.field("sshUser", user) }
            if let port { line.field("sshPort", port) }
            line.field("sshJumps", jumps)
            if let identity { line.field("sshIdentity", identity) }
        }
        line.field("submit", commands.submit ?? [])
        line.field("status", commands.status ?? [])
        line.field("cancel", commands.cancel ?? [])
        line.field("accounting", commands.accounting ?? [])
        line.field("timeout", Int(commands.timeout.components.seconds))
        line.field("variables", commands.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        if let flag = commands.clusterFlag { line.field("clusterFlag", flag) }
        line.field("unset", submission.unset)
        line.field("cancelBatch", submission.cancelBatch)
    }

    fileprivate init?(_ fields: JSONFields) {
        guard let scheduler = fields.string("scheduler").flatMap(SchedulerKind.init(rawValue:)),
            let timeout = fields.integer("timeout"), (1...86_400).contains(timeout),
            let cancelBatch = fields.integer("cancelBatch"), cancelBatch > 0
        else { return nil }
        self.init(scheduler)
        if let host = fields.string("sshHost") {
            access = .ssh(
                host: host, user: fields.string("sshUser"), port: fields.integer("sshPort"),
                proxyJump: fields.strings("sshJumps") ?? [], identity: fields.string("sshIdentity"))
        }
        commands.submit = fields.strings("submit")
        commands.status = fields.strings("status")
        commands.cancel = fields.strings("cancel")
        commands.accounting = fields.strings("accounting")
        commands.timeout = .seconds(timeout)
        for variable in fields.strings("variables") ?? [] {
            guard let equals = variable.firstIndex(of: "=") else { return nil }
            commands.environment[String(variable[..<equals])] = String(variable[variable.index(after: equals)...])
        }
        commands.clusterFlag = fields.string("clusterFlag")
        submission.unset = fields.strings("unset") ?? []
        submission.cancelBatch = cancelBatch
    }
}
