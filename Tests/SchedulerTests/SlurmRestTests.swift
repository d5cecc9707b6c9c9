import Glibc
import Hayate
import HayateCluster
import HayateTestTasks
import Testing

extension RealSchedulers {
    @Suite(
        "Slurm by its web service", .serialized,
        .enabled("slurmrestd can run here") { await Testbed.slurm.isPossible("--no-accounting", "--rest") },
        .slurm("--nodes", "2", "--cpus", "8", "--no-accounting", "--rest"))
    struct SlurmRest {
        var cluster: Cluster { Cluster.current }

        private func remote(_ url: String, partition: String? = nil) -> HTTPConfiguration {
            let cluster = self.cluster
            return .slurm(
                url: LaunchValue(url),
                token: .atLaunch {
                    // As a user's own program would fetch it.
                    let line = try await cluster.run("scontrol", "token", "username=root", "lifespan=600")
                    return String(line.dropFirst("SLURM_JWT=".count).filter { !$0.isNewline })
                },
                name: "rest", environment: ["HAYATE_TEST_OWNER": "\(getpid())", "SWIFT_BACKTRACE": "enable=no"],
                partition: partition, walltime: .seconds(600), cpus: 1, memory: 200)
        }

        @Test("200 tasks on daemons that slurmrestd was asked for; what is left of the jobs is cancelled with the pool")
        func map() async throws {
            let url = try #require(cluster.variables["SLURMRESTD_URL"])
            let daemons = Daemons.listening(at: "tcp://127.0.0.1:0").with { $0.executable = Program.testDaemon }
            try await withDaemons(daemons) { pool in
                // More than there are processors: some jobs wait until they are cancelled.
                let answers = try await pool.launchRemote(20, remote: remote(url))
                let jobs = answers.compactMap(\.job)
                #expect(Set(jobs).count == 20)
                #expect(answers.allSatisfy { $0.status == 200 })
                try await pool.hasDaemons(16)
                let queue = try await cluster.queue()
                #expect(Set(queue.map { $0.prefix { $0 != "|" } }.map(String.init)) == Set(jobs))
                #expect(queue.count { $0.contains("|PENDING|") } == 4, "\(queue)")
                let sums = try await pool.map((0..<200).map { Add($0, 1) }).collect()
                #expect(sums == Array(1...200))

                let refused = await #expect(throws: HayateError.self) {
                    try await pool.launchRemote(remote: remote(url, partition: "nowhere"))
                }
                #expect(refused?.code == .launchFailed)
                #expect(refused?.message.contains("Invalid partition name specified (2000)") == true, "\(refused?.message ?? "")")
                let stranger = await #expect(throws: HayateError.self) {
                    try await pool.launchRemote(remote: .slurm(url: LaunchValue(url), token: "no-token-at-all"))
                }
                #expect(stranger?.code == .launchFailed)
                #expect(stranger?.message.contains("the token may be over") == true, "\(stranger?.message ?? "")")
                #expect(stranger?.message.contains("no-token-at-all") == false)
            }
            try await cluster.isClean()
        }
    }
}
