import Foundation
import HayateCluster
import HayateLaunch
import Testing

@testable import HayateCLI

/// Against a registry of its own, and commands that stand in for Slurm's.
@Suite struct AllocationsTests {
    @Test("list shows each job with its scheduler's state and its host's life, from one query for all runs")
    func list() async throws {
        try await withCluster { cluster in
            let living = try cluster.run()
            try living.submit(1, "fit-1", 0...15, job: "4711")
            try living.submit(2, "fit-2", nil, job: "4712")
            try cluster.run().submit(1, "old", nil, job: "4713")
            try cluster.queue("4711_[4-15]|PENDING|Priority||fit-1", "4711_0|RUNNING|None|n1|fit-1",
                "4711_1|RUNNING|None|n2|fit-1", "4712|RUNNING|None|n1|fit-2")
            let listed = try await cluster.hayate("list")
            #expect(listed.code == 0 && listed.error == "")
            let lines = listed.output.split(separator: "\n")
            #expect(lines.count == 4 && lines[0].hasPrefix("RUN "))
            let words = lines.map { $0.split(separator: " ").map(String.init) }
            #expect(words[1].prefix(5) == [living.id, "narval", "4711", "fit-1", "0-15"])
            #expect(lines[1].hasSuffix("  alive  12 pending (Priority), 2 running, 2 gone"))
            #expect(words[2].prefix(5) == [living.id, "narval", "4712", "fit-2", "-"])
            #expect(lines[2].hasSuffix("  alive  running"))
            #expect(words[3][2] == "4713" && lines[3].hasSuffix("  gone   gone"))
            #expect(try cluster.calls().count == 1)
            withExtendedLifetime(living) {}
        }
    }

    @Test("JSON has one object for each job, with the states of its elements")
    func listJSON() async throws {
        try await withCluster { cluster in
            let run = try cluster.run()
            try run.submit(1, "fit \"1\"", 0...3, job: "4711")
            try run.journal.ended(.init(submission: 1, element: 2), JobEnd(.exited(code: 1)))
            try cluster.queue("4711_[0-1]|RUNNING|None|n1|fit")
            let listed = try await cluster.hayate("list", "--output", "json")
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(listed.output.utf8)) as? [String: Any])
            #expect(object["job"] as? String == "4711" && object["name"] as? String == "fit \"1\"")
            #expect(object["run"] as? String == run.id && object["host"] as? String == "alive")
            #expect(object["allocations"] as? Int == 4 && object["daemonsPerAllocation"] as? Int == 2)
            let states = try #require(object["states"] as? [[String: Any]])
            #expect(states.map { $0["state"] as? String } == ["running", "ended", "gone"])
            #expect(states.map { $0["count"] as? Int } == [2, 1, 1])
            withExtendedLifetime(run) {}
        }
    }

    @Test("without a query, or without an answer, states are unknown and never ends")
    func unknownStates() async throws {
        try await withCluster { cluster in
            try cluster.run().submit(1, "fit", nil, job: "4711")
            let offline = try await cluster.hayate("list", "--offline")
            #expect(offline.code == 0 && offline.output.hasSuffix("gone  unknown\n"))
            #expect(try cluster.calls() == [])
            try cluster.touch("down")
            let listed = try await cluster.hayate("list")
            #expect(listed.code == 1 && listed.output.hasSuffix("gone  unknown\n"))
            #expect(listed.error.contains("narval are not known: ") && listed.error.contains("controller"))
            let cleaned = try await cluster.hayate("clean")
            #expect(cleaned.code == 1 && cleaned.output == "")
            #expect(try cluster.registry.runs().runs.count == 1, "what is not known to be over is kept")
        }
    }

    @Test("cancel tells the scheduler, writes it down, and leaves other jobs alone")
    func cancel() async throws {
        try await withCluster { cluster in
            let run = try cluster.run()
            try run.submit(1, "fit-1", 0...15, job: "4711")
            try run.submit(2, "fit-2", nil, job: "4712")
            let some = try await cluster.hayate("cancel", "--job", "4711_0-2,7")
            #expect(some.code == 0 && some.output.hasPrefix("cancelled elements 0,1,2,7 of job 4711 (fit-1) of run"))
            #expect(try cluster.calls().last == "scancel 4711_[0-2,7]")
            #expect(Set(try run.read().submissions[0].cancelled.keys) == [0, 1, 2, 7])
            let all = try await cluster.hayate("cancel", "--run", run.id)
            #expect(all.code == 0 && all.output.split(separator: "\n").count == 2)
            #expect(try cluster.calls().last == "scancel 4711 4712")
            #expect(try run.read().submissions.allSatisfy { $0.cancelled.keys.contains(nil) })
            withExtendedLifetime(run) {}
        }
    }

    @Test("a job that cannot be cancelled is named, and the others are cancelled")
    func refusedCancellation() async throws {
        try await withCluster { cluster in
            let run = try cluster.run()
            try run.submit(1, "fit-1", nil, job: "4711")
            try run.submit(2, "fit-2", nil, job: "4712")
            try cluster.touch("denied-4711")
            let result = try await cluster.hayate("cancel", "--all")
            #expect(result.code == 1)
            #expect(result.output == "cancelled job 4712 (fit-2) of run \(run.id) (narval)\n")
            #expect(result.error.contains("job 4711 (fit-1) of run \(run.id) (narval) is not cancelled: "))
            #expect(result.error.contains("denied"))
            #expect(try run.read().submissions.map { $0.cancelled.isEmpty } == [true, false])
            withExtendedLifetime(run) {}
        }
    }

    @Test("clean cancels what a dead host has left, and removes its file and its logs; a live one keeps all")
    func clean() async throws {
        try await withCluster { cluster in
            let living = try cluster.run()
            try living.submit(1, "alive", nil, job: "1")
            let dead = try cluster.run().abandon { run in
                try run.submit(1, "queued", 0...3, job: "4711")
                try run.submit(2, "over", nil, job: "4712")
            }
            try cluster.queue("4711_[0-3]|PENDING|Priority||queued", "1|RUNNING|None|n1|alive")
            let planned = try await cluster.hayate("clean", "--dry-run")
            #expect(planned.output == """
                would cancel job 4711 (queued, 4 elements) of run \(dead) (narval)
                would remove run \(dead) (narval)

                """)
            #expect(try cluster.registry.runs().runs.count == 2)
            #expect(try cluster.calls().allSatisfy { $0.hasPrefix("squeue") })
            let cleaned = try await cluster.hayate("clean")
            #expect(cleaned.code == 0 && cleaned.error == "")
            #expect(cleaned.output == """
                cancelled job 4711 (queued, 4 elements) of run \(dead) (narval)
                removed run \(dead) (narval)

                """)
            #expect(try cluster.calls().filter { $0.hasPrefix("scancel") } == ["scancel 4711"])
            #expect(try cluster.registry.runs().runs.map(\.run.id) == [living.id])
            #expect(access(cluster.logs(of: dead), F_OK) != 0 && access(cluster.logs(of: living.id), F_OK) == 0)
            let named = try await cluster.hayate("clean", "--run", living.id)
            #expect(named.code == 1 && named.error.contains("lives"))
            withExtendedLifetime(living) {}
        }
    }

    @Test("clean goes to the machine with the cluster's commands, and keeps all while that is away")
    func farClean() async throws {
        try await withCluster { cluster in
            var cluster = cluster
            cluster.profile.access = .ssh(host: "login", user: nil, port: nil, proxyJump: [], identity: nil)
            var machine = FakeMachine(name: "login", home: cluster.directory + "/home")
            let dead = try cluster.run(farLogs: machine).abandon { run in
                try run.submit(1, "queued", nil, job: "4711")
            }
            let key = "\(machine.home)/.hayate/jobs/\(dead)/key"
            let scripts = "\(cluster.directory)/state/jobs/\(dead)"
            #expect(access(key, F_OK) == 0 && access(scripts, F_OK) == 0)
            try cluster.queue("4711|PENDING|Priority||queued")
            machine.isAway = true
            let away = try await cluster.hayate("clean", on: machine)
            #expect(away.code == 1 && away.error.contains("connection refused"))
            #expect(try cluster.registry.runs().runs.count == 1)
            machine.isAway = false
            let listed = try await cluster.hayate("list", on: machine)
            #expect(listed.code == 0 && listed.output.contains("pending (Priority)"), "\(listed)")
            let cleaned = try await cluster.hayate("clean", on: machine)
            #expect(cleaned.code == 0, "\(cleaned.error)")
            #expect(cleaned.output.contains("cancelled job 4711") && cleaned.output.contains("removed run \(dead)"))
            #expect(access(machine.home + "/.hayate/jobs/\(dead)", F_OK) != 0, "with the key")
            #expect(access(scripts, F_OK) != 0)
            #expect(try cluster.registry.runs().runs == [])
        }
    }

    @Test("list, cancel and clean log in as they are told to")
    func login() async throws {
        try await withCluster { cluster in
            var cluster = cluster
            cluster.profile.access = .ssh(host: "login", user: nil, port: nil, proxyJump: [], identity: nil)
            let machine = FakeMachine(name: "login", home: cluster.directory + "/home", configFile: "/c")
            _ = try cluster.run(farLogs: machine).abandon { run in
                try run.submit(1, "queued", nil, job: "4711")
                try run.submit(2, "other", nil, job: "4712")
            }
            try cluster.queue("4711|PENDING|Priority||queued", "4712|PENDING|Priority||other")
            for words in [["list"], ["cancel", "--job", "4711"], ["clean"]] {
                let stranger = try await cluster.hayate(words, on: machine)
                #expect(stranger.code == 1 && stranger.error.contains("commands are on login"), "\(stranger)")
                let known = try await cluster.hayate(words + ["--ssh-config", "/c"], on: machine)
                #expect(known.code == 0 && known.error == "", "\(known)")
            }
            #expect(try cluster.registry.runs().runs == [])
        }
    }

    @Test("a submission whose answer was lost is found by its name and cancelled")
    func lostAnswer() async throws {
        try await withCluster { cluster in
            let dead = try cluster.run().abandon { run in
                try run.submit(1, "lost-1", nil, job: nil)
                try run.submit(2, "lost-2", nil, job: nil)
            }
            try cluster.queue("4719|RUNNING|None|n1|lost-1", "4720|RUNNING|None|n1|somebody-elses")
            let listed = try await cluster.hayate("list")
            #expect(listed.code == 0 && listed.output.contains("?") && listed.output.contains("unanswered"))
            let cleaned = try await cluster.hayate("clean")
            #expect(cleaned.code == 0, "\(cleaned.error)")
            #expect(cleaned.output.contains("cancelled job 4719 (lost-1) of run \(dead)"))
            #expect(cleaned.output.contains("(lost-2) of run \(dead) (narval) was never submitted, or is over"))
            #expect(try cluster.calls().filter { $0.hasPrefix("scancel") } == ["scancel 4719"])
            let runs = try cluster.registry.runs().runs
            #expect(runs == [])
        }
    }

    @Test("a run whose job cannot be cancelled keeps its file, and one with a strange log directory its logs")
    func whatStays() async throws {
        try await withCluster { cluster in
            let stuck = try cluster.run().abandon { try $0.submit(1, "stuck", nil, job: "4711") }
            try cluster.queue("4711|RUNNING|None|n1|stuck")
            try cluster.touch("denied-4711")
            let strange = try cluster.run(logs: cluster.directory).abandon { _ in }
            let cleaned = try await cluster.hayate("clean")
            #expect(cleaned.code == 1 && cleaned.output == "")
            #expect(cleaned.error.contains("4711") && cleaned.error.contains("is no directory of yours"))
            #expect(Set(try cluster.registry.runs().runs.map(\.run.id)) == [stuck, strange])
            #expect(access(cluster.directory, F_OK) == 0 && access(cluster.logs(of: stuck), F_OK) == 0)
        }
    }

    @Test("a scheduler that is elsewhere is named with the way to it")
    func elsewhere() async throws {
        try await withCluster { cluster in
            var remote = cluster
            remote.profile.access = .ssh(host: "login.narval", user: nil, port: nil, proxyJump: [], identity: nil)
            _ = try remote.run().abandon { try $0.submit(1, "fit", nil, job: "4711") }
            for command in [["list"], ["cancel", "--all"], ["clean"]] {
                let result = try await hayate(
                    ["allocations"] + command, registry: cluster.registry, transport: { _, _ in nil })
                #expect(result.code == 1 && result.error.contains("login.narval: run hayate allocations there"))
            }
        }
    }

    @Test("wrong usage is refused", arguments: [
        ["cancel"], ["cancel", "--all", "--job", "1"], ["cancel", "--run", "00000000"], ["cancel", "--job", "9"],
        ["cancel", "--job", "4711_9"], ["cancel", "--job", "4711_x"], ["cancel", "--job", "4712_0"],
        ["clean", "--run", "../x"], ["list", "--output", "xml"],
    ])
    func wrongUsage(_ arguments: [String]) async throws {
        try await withCluster { cluster in
            let run = try cluster.run()
            try run.submit(1, "a", 0...3, job: "4711")
            try run.submit(2, "b", nil, job: "4712")
            let result = try await hayate(["allocations"] + arguments, registry: cluster.registry)
            #expect(result.code == 2 && result.output == "" && !result.error.isEmpty, "\(result)")
            #expect(try cluster.calls().allSatisfy { !$0.hasPrefix("scancel") })
            withExtendedLifetime(run) {}
        }
    }

    @Test("an empty registry is no error")
    func nothing() async throws {
        try await withCluster { cluster in
            let results = [
                try await cluster.hayate("list"), try await cluster.hayate("cancel", "--all"),
                try await cluster.hayate("clean"),
            ]
            #expect(results.map(\.output) == ["no jobs\n", "no jobs\n", "nothing to clean up\n"])
            #expect(results.allSatisfy { $0.code == 0 && $0.error == "" })
        }
    }

    @Test("the help fits on a screen")
    func help() async throws {
        for command in [[], ["list"], ["cancel"], ["clean"]] {
            let text = try await hayate(["help", "allocations"] + command).output
            #expect(text.contains("hayate allocations"))
            for line in text.split(separator: "\n") { #expect(line.count <= 90, "\(line)") }
        }
    }

    private func withCluster(_ body: (FakeCluster) async throws -> Void) async throws {
        try await withTemporaryDirectory { try await body(FakeCluster(directory: $0)) }
    }
}
