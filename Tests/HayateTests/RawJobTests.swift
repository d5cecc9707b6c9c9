import Foundation
import HayateCluster
import HayateLaunch
import HayateTestTasks
import Testing

@testable import Hayate

extension RealProcesses {
    @Suite("Jobs by commands of one's own") struct RawJobTests {
        /// The commands of a stand-in in a directory of their own, with the directory where it keeps its jobs.
        private struct Scheduler {
            let files: TemporaryDirectory
            let registry: AllocationRegistry
            let jobs: RawJobs

            init(_ kind: String) throws {
                files = try TemporaryDirectory()
                // Not in the temporary directory itself, whose owner and mode are nobody's choice.
                registry = AllocationRegistry(path: files("state/allocations"))
                jobs = RawJobs(registry: registry)
                for name in ["jobs", "bin", "state"] {
                    try FileManager.default.createDirectory(
                        atPath: files(name), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                }
                let originals = standIns + "/" + kind
                for command in try FileManager.default.contentsOfDirectory(atPath: originals) {
                    try script(
                        command, "HAYATE_STAND_IN='\(files("jobs"))' exec '\(originals)/\(command)' \"$@\"")
                }
            }

            /// Puts a command of this name into the directory.
            func script(_ name: String, _ text: String) throws {
                let path = files("bin/" + name)
                try "#!/bin/sh\n\(text)\n".write(toFile: path, atomically: false, encoding: .utf8)
                try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
            }

            /// Ends what is left of the jobs.
            func stop() async throws {
                let child = try Child("/bin/sh", ["-c", "HAYATE_STAND_IN='\(files("jobs"))' sh '\(standIns)/stop-all'"])
                try await child.isOver()
            }

            private var standIns: String {
                #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Recorded/stand-ins"
            }
        }

        @Test(
            "A raw script starts daemons, its job is recorded, and cancelled with the pool",
            arguments: [("pbspro", "qsub", SchedulerKind.pbsPro, "#PBS -l select=1"), ("lsf", "bsub", .lsf, "#BSUB -n 1")])
        func submitted(_ folder: String, _ command: String, _ kind: SchedulerKind, _ option: String) async throws {
            let scheduler = try Scheduler(folder)
            let remote = clusterConfig(command: scheduler.files("bin/" + command), options: "  \t\(option)\n\n")
            try await withPool(.testListening()) { pool async throws in
                let texts = try await pool.launchRemote(2, remote: remote, by: scheduler.jobs)
                #expect(texts.count == 2)
                #expect(texts[0].hasPrefix("\(remote.command)<<'EOF'\n#!/bin/sh\n\(option)\n"))
                #expect(texts[0].hasSuffix("\nEOF"))
                try await pool.ready(2, timeout: .seconds(20))
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                let run = try #require(try scheduler.registry.runs().runs.first)
                #expect(run.run.cluster.scheduler == kind)
                #expect(run.open.compactMap(\.job).count == 2)
                // Daemons that do not hear of the end, as on a machine that has lost the network.
                await scheduler.jobs.end(cancelling: true)
                #expect(try scheduler.registry.runs().runs.isEmpty)
                let jobs = try FileManager.default.contentsOfDirectory(atPath: scheduler.files("jobs/jobs")).sorted()
                for job in jobs {
                    #expect(FileManager.default.fileExists(atPath: scheduler.files("jobs/jobs/\(job)/cancelled.-")))
                }
                let late = await #expect(throws: HayateError.self) {
                    try await pool.launchRemote(1, remote: remote, by: scheduler.jobs)
                }
                #expect(late?.code == .closed)
            }
            #expect(!FileManager.default.fileExists(atPath: scheduler.files("jobs/complaints")))
            try await scheduler.stop()
        }

        @Test("An array by an option line is a daemon for each element")
        func array() async throws {
            let scheduler = try Scheduler("pbspro")
            let remote = clusterConfig(command: scheduler.files("bin/qsub"), options: "#PBS -J 0-2")
            try await withPool(.testListening()) { pool async throws in
                try await pool.launchRemote(1, remote: remote, by: scheduler.jobs)
                try await pool.ready(3, timeout: .seconds(20))
                let run = try #require(try scheduler.registry.runs().runs.first)
                #expect(run.open.compactMap(\.job).map(\.text) == ["0[].standin"])
                await scheduler.jobs.end(cancelling: true)
                for element in 0...2 {
                    #expect(FileManager.default.fileExists(atPath: scheduler.files("jobs/jobs/0/cancelled.\(element)")))
                }
            }
            try await scheduler.stop()
        }

        @Test("A refused submission is an error with the scheduler's words, and leaves nothing in the registry")
        func refused() async throws {
            let scheduler = try Scheduler("lsf")
            try scheduler.script("sbatch", "echo 'sbatch: error: invalid partition specified: fast' >&2; exit 1")
            try await withPool(.testListening()) { pool async throws in
                let error = await #expect(throws: HayateError.self) {
                    try await pool.launchRemote(
                        1, remote: clusterConfig(command: scheduler.files("bin/sbatch")), by: scheduler.jobs)
                }
                #expect(error?.code == .launchFailed)
                #expect(error?.message.contains("invalid partition specified: fast") == true, "\(error?.message ?? "")")
                await scheduler.jobs.end(cancelling: true)
                #expect(try scheduler.registry.runs().runs.isEmpty)
            }
        }

        @Test("A qsub is told apart by its answer")
        func gridEngine() async throws {
            let scheduler = try Scheduler("pbspro")
            let cancelled = scheduler.files("cancelled")
            try scheduler.script("qsub", "cat >/dev/null; echo 'Your job 17 (\"STDIN\") has been submitted'")
            try scheduler.script("qdel", "echo \"$@\" >>'\(cancelled)'; echo 'user has deleted job 17'")
            try await withPool(.testListening()) { pool async throws in
                try await pool.launchRemote(
                    1, remote: clusterConfig(command: scheduler.files("bin/qsub")), by: scheduler.jobs)
                let open = try scheduler.registry.runs().runs.filter { !$0.open.isEmpty }
                #expect(open.map(\.run.cluster.scheduler) == [.gridEngine])
                #expect(open.first?.open.compactMap(\.job) == [JobID("17")])
                await scheduler.jobs.end(cancelling: true)
                #expect(try String(contentsOfFile: cancelled, encoding: .utf8).contains("17"))
                #expect(try scheduler.registry.runs().runs.isEmpty)
            }
        }

        @Test("Closing the pool cancels its jobs")
        func closing() async throws {
            let scheduler = try Scheduler("lsf")
            let cancelled = scheduler.files("cancelled")
            try scheduler.script("sbatch", "cat >/dev/null; echo Submitted batch job 4711")
            try scheduler.script("scancel", "echo \"$@\" >>'\(cancelled)'")
            let remote = clusterConfig(command: scheduler.files("bin/sbatch"))
            try await withPool(.testListening()) { pool async throws in
                try await pool.launchRemote(remote: remote)
                #expect(!FileManager.default.fileExists(atPath: cancelled))
                await pool.close()
                #expect(try String(contentsOfFile: cancelled, encoding: .utf8).contains("4711"))
                let late = await #expect(throws: HayateError.self) { try await pool.launchRemote(remote: remote) }
                #expect(late?.code == .closed)
            }
            // Those that shall finish their task are left to themselves.
            try await withPool(.testListening().autoExit(.afterTask)) { pool async throws in
                try await pool.launchRemote(
                    1, remote: clusterConfig(command: scheduler.files("bin/sbatch")), by: scheduler.jobs)
                await scheduler.jobs.end(cancelling: false)
                let run = try #require(try scheduler.registry.runs().runs.first)
                #expect(run.open.compactMap(\.job) == [JobID("4711")])
            }
        }

        @Test("Jobs that cannot be cancelled stay in the registry")
        func notCancelled() async throws {
            let scheduler = try Scheduler("lsf")
            try scheduler.script("sbatch", "cat >/dev/null; echo Submitted batch job 4711")
            try scheduler.script("scancel", "echo 'scancel: error: Unable to contact slurm controller' >&2; exit 1")
            try await withPool(.testListening()) { pool async throws in
                try await pool.launchRemote(
                    1, remote: clusterConfig(command: scheduler.files("bin/sbatch")), by: scheduler.jobs)
                await scheduler.jobs.end(cancelling: true)
                let run = try #require(try scheduler.registry.runs().runs.first)
                #expect(run.open.compactMap(\.job) == [JobID("4711")])
            }
        }

        @Test("The text of a job can be pasted, whatever its lines are, and a wrong program is named")
        func texts() throws {
            let remote = clusterConfig(command: "sbatch -M b", options: "  #SBATCH --mem=10G\r\n\tmodule load R\nEOF")
            let script = remote.script(starting: "/usr/bin/d --key-file 'a b'")
            #expect(script == "#!/bin/sh\n#SBATCH --mem=10G\nmodule load R\nEOF\n/usr/bin/d --key-file 'a b'\n")
            #expect(remote.text(of: script) == "sbatch -M b<<'EOFF'\n\(script)EOFF")
            let none: (String) -> String? = { _ in nil }
            #expect(try remote.cluster(variable: none).scheduler == .slurm)
            #expect(try clusterConfig(command: "qsub").cluster { $0 == "SGE_ROOT" ? "/sge" : nil }.scheduler == .gridEngine)
            let cluster = try clusterConfig(command: "/opt/pbs/bin/qsub").cluster(variable: none)
            #expect(cluster.scheduler == .pbsPro && cluster.commands.cancel == ["/opt/pbs/bin/qdel"])
            #expect(try clusterConfig(command: "submit", scheduler: .lsf).cluster(variable: none).scheduler == .lsf)
            let error = #expect(throws: HayateError.self) { try clusterConfig(command: "ssh").cluster(variable: none) }
            #expect(error?.message.contains("'ssh' begins with none of sbatch, qsub and bsub") == true)
        }
    }
}
