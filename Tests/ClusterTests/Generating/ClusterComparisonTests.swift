import HayateCluster
import HayateCore
import Testing

@Suite("A profile beside its scheduler")
struct ClusterComparisonTests {
    private func checks(_ change: (inout ClusterProfile) -> Void) throws -> [SiteCheck] {
        let live = try SurveyWorld.slurm().cluster()
        var mine = live
        change(&mine)
        return ClusterComparison(mine, to: live, name: "main").checks()
    }

    @Test("what was made from the scheduler's answers fits it")
    func same() throws {
        #expect(try checks { _ in }.allSatisfy { $0.outcome == .ok })
    }

    @Test("a queue that is not there fails, with the nearest name; one under another name counts by that")
    func queues() throws {
        let missing = try checks { $0.queues["shrot"] = QueueLimits() }
        let failed = try #require(missing.first { $0.outcome == .failed })
        #expect(
            failed.name == "queues" && failed.message.contains("no shrot") && failed.remedy?.contains("'short'") == true
        )
        let renamed = try checks { cluster in
            var limits = QueueLimits()
            limits.name = "short"
            limits.maxWallTime = .seconds(3600)
            cluster.queues["shrot"] = limits
        }
        #expect(renamed.first { $0.name == "queues" }?.outcome == .ok)
        #expect(renamed.first { $0.name == "limits of shrot" }?.outcome == .failed)
    }

    @Test("limits above the scheduler's fail one by one, those below do not")
    func limits() throws {
        let found = try checks { cluster in
            cluster.queues["main"]?.maxCPUs = 17
            cluster.queues["main"]?.maxMemory = .gibibytes(64)
            cluster.queues["short"]?.maxWallTime = .seconds(30)
            cluster.submission.mostElements = 2000
        }
        let failed = found.filter { $0.outcome == .failed }.map(\.message)
        #expect(
            failed == [
                "maxCpus is 17, and the scheduler's 16; maxMemory is 64GiB, and the scheduler's 16000MiB",
                "up to 2000 elements, but the scheduler takes 1001",
            ])
    }

    @Test("a trial submission is judged by what the scheduler says of it")
    func trial() throws {
        #expect(SubmissionTrial.check(try recorded("slurm/sbatch-test-only"), on: .slurm).outcome == .ok)
        #expect(SubmissionTrial.check(try recorded("gridengine/qsub-verify"), on: .gridEngine).outcome == .ok)
        let refused = SubmissionTrial.check(try recorded("slurm/sbatch-refused-partition"), on: .slurm)
        #expect(refused.outcome == .failed && refused.message.contains("invalid partition specified"))
        #expect(SubmissionTrial.check(CommandAnswer(.timedOut), on: .slurm).outcome == .failed)
        // Grid Engine's exit code is 0 all the same.
        let none = CommandAnswer(.process(.exited(code: 0)), output: "verification: no suitable queues\n")
        #expect(SubmissionTrial.check(none, on: .gridEngine).outcome == .failed)
    }

    @Test("the controller's clock is read from its configuration, and differences count from five seconds on")
    func clock() throws {
        #expect(ControllerClock.seconds(in: try recorded("slurm/scontrol-show-config")) == 1_795_399_585)
        #expect(
            ControllerClock.seconds(in: CommandAnswer(.process(.exited(code: 0)), output: "Configuration data as of 9"))
                == nil)
        #expect(SiteCheck.clock("clock", of: "n1", seconds: -5).outcome == .ok)
        #expect(SiteCheck.clock("clock", of: "n1", seconds: 6).outcome == .warning)
        #expect(
            SiteCheck.clock("clock", of: "n1", seconds: -600).message == "that of n1 is 600 s behind this machine's")
    }

    @Test("an account is yours, or is not, or nobody can tell")
    func account() {
        func check(_ account: String?, _ known: [String], _ required: Bool) -> SiteCheck {
            .account(account, among: known, required: required, path: "clusters.main")
        }
        #expect(check("bio", ["bio", "geo"], true).outcome == .ok)
        #expect(check("boi", ["bio", "geo"], false).outcome == .failed)
        #expect(check("bio", [], true).outcome == .skipped)
        #expect(check(nil, ["bio"], true).remedy == "write clusters.main.defaults.account: bio, one of bio")
        #expect(check(nil, [], false).outcome == .ok)
    }
}
