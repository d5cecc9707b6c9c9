import ArgumentParser
import Hayate
import HayateCluster
import HayateLaunch
import HayateSSH

/// `hayate allocations`: the jobs of batch schedulers that hold, or held, daemons of this user.
struct AllocationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "allocations",
        abstract: "List, cancel and clean up jobs that hold daemons.",
        discussion: """
            Every run that submits jobs to a batch scheduler writes down which, before it
            does. So they can be found and cancelled also when the run was killed, or its
            machine has failed:

              hayate allocations list
              hayate allocations cancel --run 3f9a1c27
              hayate allocations clean

            Where a cluster is reached by SSH, its commands run over there.

            The files are in $HAYATE_STATE/allocations, by default ~/.hayate/allocations.
            Whether a run still lives can be told on the machine where it runs, and on
            others if the file system has locks for all of them.

            EXIT CODE
              0    done
              1    something could not be asked, cancelled or removed
              2    wrong usage, or a registry that cannot be used
            """,
        subcommands: [
            AllocationsListCommand.self, AllocationsCancelCommand.self, AllocationsCleanCommand.self,
        ])
}

extension CommandLineError.Code {
    /// The registry of allocations cannot be used, or has not what is asked for.
    static let allocations = CommandLineError.Code(description: "allocations")
}

extension CommandLineError {
    /// Its sentence has the remedy already.
    init(_ error: RegistryError) {
        self.init(code: .allocations, message: error.message, hint: "")
    }
}

/// What the commands on allocations have in common: the registry, and what went wrong so far.
final class AllocationsSession {
    let registry: AllocationRegistry
    let environment = ProgramEnvironment.current
    /// How machines are logged in to that have a cluster's commands.
    private let ssh: SSH
    private(set) var hasFailed = false

    init(_ login: LoginOptions) throws(CommandLineError) {
        ssh = login.ssh
        do throws(RegistryError) {
            if let given = environment.registry { registry = given } else { registry = try .default() }
        } catch {
            throw CommandLineError(error)
        }
    }

    /// Runs a cluster's commands; nil where that cannot be done from here.
    var transport: @Sendable (ClusterAccess) -> (any CommandTransport)? {
        { [transport = environment.transport, ssh] in transport($0, ssh) }
    }

    /// All runs. What cannot be read is said, and counts as a failure.
    func runs() throws(CommandLineError) -> [RecordedRun] {
        do throws(RegistryError) {
            let (runs, problems) = try registry.runs()
            for problem in problems { fail(problem.message) }
            for problem in runs.flatMap(\.problems) { fail(problem) }
            return runs
        } catch {
            throw CommandLineError(error)
        }
    }

    func say(_ line: String) {
        environment.write(line + "\n", to: environment.output)
    }

    func note(_ sentence: String) {
        environment.write("hayate: \(sentence)\n", to: environment.error)
    }

    func fail(_ sentence: String) {
        hasFailed = true
        note(sentence)
    }

    /// To be called last.
    func finish() throws {
        if hasFailed { throw ExitCode(ExitStatus.failures) }
    }
}

extension RecordedRun {
    /// `run 3f9a1c27 (narval)`.
    var title: String { "run \(run.id) (\(run.site))" }
}

extension RecordedSubmission {
    /// `job 4711 (fit-3f9a, 16 elements)`.
    var title: String { title(as: job) }

    /// - Parameter job: its id, where it was learned only now.
    func title(as job: JobID?) -> String {
        let name = submission.name.isEmpty ? "name unknown" : submission.name
        let size = submission.elements.map { ", \(HumanText.number($0.count)) elements" } ?? ""
        return (job.map { "job \($0)" } ?? "a job without an id") + " (\(name)\(size))"
    }
}
