import Glibc
import HayateCluster
import HayateLaunch

/// A host that does nothing but submit: writes a registry's file until somebody kills it. Prints the run's id, and the
/// number of each submission once it is said to be on the disk.
@main struct HayateTestJournal {
    static func main() throws {
        let registry = AllocationRegistry(path: Swift.CommandLine.arguments[1])
        let run = AllocationRun.ofThisProcess(
            site: "test", clusterName: "main", cluster: ClusterProfile(.slurm), logDirectory: nil)
        let journal = try registry.begin(run)
        say(run.id)
        for number in UInt32(1)... {
            let name = "job-\(number)-" + String(repeating: "x", count: Int(number % 5000))
            try journal.planned(
                Submission(number: number, name: name, elements: 0...3, daemonsPerElement: 2, firstDaemon: 0))
            try journal.accepted(number, JobID("\(number)"))
            say("\(number)")
            try journal.write((0...3).map { .ended(.init(submission: number, element: $0), JobEnd(.completed)) })
        }
    }

    private static func say(_ line: String) {
        Swift.print(line)
        fflush(nil)
    }
}
