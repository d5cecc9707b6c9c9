import Foundation
import HayateCluster
import HayateLaunch
import HayateSSH

@testable import HayateCLI

/// Slurm's commands as scripts that write down how they were called, and a registry.
struct FakeCluster {
    let directory: String
    let registry: AllocationRegistry
    var profile = ClusterProfile(.slurm)

    init(directory: String) throws {
        self.directory = directory
        registry = AllocationRegistry(path: directory + "/state/allocations")
        let queue = """
            #!/bin/sh
            echo "squeue $*" >> '\(directory)/calls'
            if [ -e '\(directory)/down' ]; then
                echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2
                exit 1
            fi
            case "$*" in
            *" -n "*) grep "|${*##* -n }$" '\(directory)/queue' ;;
            *) cat '\(directory)/queue' ;;
            esac
            exit 0
            """
        let cancel = """
            #!/bin/sh
            echo "scancel $*" >> '\(directory)/calls'
            for job in "$@"; do
                [ -e '\(directory)/denied-'"$job" ] || continue
                echo "scancel: error: Kill job error on job id $job: Access/permission denied" >&2
                exit 1
            done
            """
        try self.queue()
        for (name, script) in [("squeue", queue), ("scancel", cancel)] {
            try (script + "\n").write(toFile: directory + "/" + name, atomically: true, encoding: .utf8)
            chmod(directory + "/" + name, 0o755)
        }
        profile.commands.status = [directory + "/squeue"]
        profile.commands.cancel = [directory + "/scancel"]
    }

    func run(logs: String? = nil) throws -> FakeRun {
        var run = AllocationRun.ofThisProcess(site: "narval", clusterName: "main", cluster: profile, logDirectory: nil)
        // Runs of the same second would be listed in the order of their random ids.
        run.began -= Int64(10 - (try registry.runs().runs.count))
        run.logDirectory = logs ?? self.logs(of: run.id)
        try FileManager.default.createDirectory(
            atPath: self.logs(of: run.id), withIntermediateDirectories: true)
        try "said".write(toFile: self.logs(of: run.id) + "/1.out", atomically: false, encoding: .utf8)
        return FakeRun(id: run.id, journal: try registry.begin(run))
    }

    /// A run whose jobs print on another machine, where it has its key.
    func run(farLogs machine: FakeMachine) throws -> FakeRun {
        var run = AllocationRun.ofThisProcess(site: "far", clusterName: "main", cluster: profile, logDirectory: nil)
        let place = ".hayate/jobs/\(run.id)"
        run.logDirectory = place
        for path in ["\(machine.home)/\(place)", "\(directory)/state/jobs/\(run.id)"] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        try "secret".write(toFile: "\(machine.home)/\(place)/key", atomically: false, encoding: .utf8)
        return FakeRun(id: run.id, journal: try registry.begin(run))
    }

    func logs(of id: String) -> String { directory + "/logs/run-" + id }

    func queue(_ lines: String...) throws {
        try lines.map { $0 + "\n" }.joined()
            .write(toFile: directory + "/queue", atomically: false, encoding: .utf8)
    }

    func touch(_ name: String) throws {
        try "".write(toFile: directory + "/" + name, atomically: false, encoding: .utf8)
    }

    func calls() throws -> [String] {
        guard access(directory + "/calls", F_OK) == 0 else { return [] }
        return try read(directory + "/calls").split(separator: "\n").map(String.init)
    }

    func hayate(_ arguments: String...) async throws -> ProgramResult {
        try await HayateProgram.run(["allocations"] + arguments, registry)
    }

    /// The same where the cluster's commands run on another machine.
    func hayate(_ arguments: String..., on machine: FakeMachine) async throws -> ProgramResult {
        try await hayate(arguments, on: machine)
    }

    func hayate(_ arguments: [String], on machine: FakeMachine) async throws -> ProgramResult {
        try await HayateProgram.run(["allocations"] + arguments, registry) { access, ssh in
            guard ssh.configFile == machine.configFile else { return nil }
            return if case .ssh(host: machine.name, _, _, _, _) = access { machine } else { nil }
        }
    }
}

/// The function of that name, which a method of that name hides.
private enum HayateProgram {
    static func run(
        _ arguments: [String], _ registry: AllocationRegistry,
        transport: (@Sendable (ClusterAccess, SSH) -> (any CommandTransport)?)? = nil
    ) async throws -> ProgramResult {
        try await hayate(arguments, registry: registry, transport: transport)
    }
}

/// Another machine that is this one, with a home of its own.
struct FakeMachine: CommandTransport {
    var name: String
    var home: String
    var isAway = false
    /// Without this configuration of SSH it is not found.
    var configFile: String?

    func run(_ line: CommandLine) async -> CommandAnswer {
        guard !isAway else { return CommandAnswer(.notStarted("\(name): connecting failed: connection refused")) }
        var line = line
        line.environment["HOME"] = home
        return await CommandRunner.run(line)
    }
}

struct FakeRun {
    let id: String
    let journal: AllocationJournal

    func submit(_ number: UInt32, _ name: String, _ elements: ClosedRange<Int>?, job: String?) throws {
        try journal.planned(
            HayateCluster.Submission(
                number: number, name: name, elements: elements, daemonsPerElement: 2, firstDaemon: 0))
        if let job { try journal.accepted(number, JobID(job)) }
    }

    func read() throws -> RecordedRun { try journal.registry.read(id) }

    /// Its host is gone when this returns, as the last reference to the journal is.
    consuming func abandon(_ body: (FakeRun) throws -> Void) throws -> String {
        try body(self)
        return id
    }
}
