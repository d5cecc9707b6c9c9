import Foundation
import HayateCluster
import HayateCore
import Testing

/// Every command that the readers of PBS Pro, Torque and LSF make, against stand-ins that check what they are called with.
@Suite("Commands and stand-ins")
struct StandInTests {
    /// A directory with jobs, which are gone after the test.
    private struct Site {
        var directory: URL
        var bin: URL

        init(_ folder: String) throws {
            directory = FileManager.default.temporaryDirectory.appending(path: "hayate-stand-in-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            bin = Recording.directory.appending(path: "stand-ins/\(folder)")
        }

        func path(_ name: String) -> String { directory.appending(path: name).path }

        func run(_ line: CommandLine) throws -> CommandAnswer {
            var environment = ProcessInfo.processInfo.environment
            for pattern in line.unset {
                for name in environment.keys
                where pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern {
                    environment[name] = nil
                }
            }
            environment.merge(line.environment) { $1 }
            environment["HAYATE_STAND_IN"] = directory.path
            environment["PATH"] = bin.path + ":/usr/bin:/bin"
            // Files, and not pipes: the jobs outlive their submission, and would keep those open.
            for name in ["in", "out", "err"] {
                let text = name == "in" ? line.standardInput ?? "" : ""
                try text.write(toFile: path(name), atomically: false, encoding: .utf8)
            }
            let status = try Self.spawn(
                ["/usr/bin/env"] + line.words, environment.map { "\($0.key)=\($0.value)" },
                [path("in"), path("out"), path("err")])
            return CommandAnswer(
                .process(ProcessExit(waitStatus: status)),
                output: try String(contentsOfFile: path("out"), encoding: .utf8),
                errors: try String(contentsOfFile: path("err"), encoding: .utf8))
        }

        /// Foundation's Process waits for all that a command leaves running.
        private static func spawn(_ words: [String], _ environment: [String], _ files: [String]) throws -> Int32 {
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            for (descriptor, file) in files.enumerated() {
                let flags = descriptor == 0 ? O_RDONLY : O_WRONLY
                posix_spawn_file_actions_addopen(&actions, Int32(descriptor), file, flags, 0)
            }
            let arguments = words.map { strdup($0) } + [nil]
            let variables = environment.map { strdup($0) } + [nil]
            defer { for text in arguments + variables { free(text) } }
            var id: pid_t = 0
            try #require(posix_spawn(&id, words[0], &actions, nil, arguments, variables) == 0)
            var status: Int32 = 0
            while waitpid(id, &status, 0) == -1, errno == EINTR {}
            return status
        }

        var complaints: String { (try? String(contentsOfFile: path("complaints"), encoding: .utf8)) ?? "" }

        func end() throws {
            _ = try run(CommandLine([Recording.directory.appending(path: "stand-ins/stop-all").path]))
            try FileManager.default.removeItem(at: directory)
        }
    }

    /// A job of three elements that wait for a file, and of which the second then fails.
    private func script(_ prefix: String, _ options: [String], _ index: String, second: Int) -> String {
        """
        #!/bin/sh
        \(options.map { "\(prefix) \($0)" }.joined(separator: "\n"))
        until [ -e "$HAYATE_STAND_IN/go" ]; do sleep 0.05; done
        [ "$\(index)" != \(second) ] || exit 3

        """
    }

    private func states(_ answer: StatusAnswer) -> [Int?: JobState] {
        Dictionary(
            reports(answer).flatMap { report in
                report.elements.isEmpty ? [(nil, report.state)] : report.elements.flatMap { $0.map { (Int?.some($0), report.state) } }
            }, uniquingKeysWith: { $1 })
    }

    @Test("a job is submitted, found, asked after, cancelled in part and explained", arguments: [
        ("pbspro", SchedulerKind.pbsPro, "qsub", "#PBS", ["-N h-1", "-J 0-2%2", "-j oe"], "PBS_ARRAY_INDEX", 0),
        ("torque", .torque, "qsub", "#PBS", ["-N h-1", "-t 0-2"], "PBS_ARRAYID", 0),
        ("lsf", .lsf, "bsub", "#BSUB", ["-J \"h-1[1-3]%2\""], "LSB_JOBINDEX", 1),
    ])
    func life(
        folder: String, kind: SchedulerKind, submit: String, prefix: String, options: [String], index: String, base: Int
    ) async throws {
        let site = try Site(folder)
        defer { try? site.end() }
        let reader = try #require(ClusterProfile(kind).answerReader)
        var submission = CommandLine([submit])
        submission.standardInput = script(prefix, options, index, second: base + 1)
        guard case .accepted(let job) = reader.readSubmission(try site.run(submission)) else {
            Issue.record("not accepted: \(site.complaints)")
            return
        }
        let user = NSUserName()
        #expect(reader.readSearch(try site.run(reader.search(for: "h-1", user: user)), for: "h-1") == .found(job))
        #expect(reader.readSearch(try site.run(reader.search(for: "h-2", user: user)), for: "h-2") == .absent)
        let query = reader.statusQuery(of: [job], user: user)
        #expect(states(reader.readStatus(try site.run(query)))
            == [base: .running, base + 1: .running, base + 2: .running])

        for command in reader.cancellations(of: [JobElement(job, index: base + 2)]) {
            #expect(reader.readCancellation(try site.run(command)) == nil)
            #expect(reader.readCancellation(try site.run(command)) == nil, "again")
        }
        #expect(states(reader.readStatus(try site.run(query)))
            == [base: .running, base + 1: .running, base + 2: .cancelled])

        try "".write(toFile: site.path("go"), atomically: false, encoding: .utf8)
        for element in [base, base + 1] {
            while !FileManager.default.fileExists(atPath: site.path("jobs/0/exit.\(element)")) {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        var last = states(reader.readStatus(try site.run(query)))
        if kind == .torque {
            #expect(reader.readAccounting(try site.run(reader.accountingQueries(of: [job], since: 0)[0])).isFailure)
        } else {
            last = states(reader.readAccounting(try site.run(reader.accountingQueries(of: [job], since: 0)[0])))
        }
        #expect(last == [base: .done, base + 1: .failed, base + 2: .cancelled])
        for command in reader.cancellations(of: [JobElement(job)]) {
            #expect(reader.readCancellation(try site.run(command)) == nil)
        }
        #expect(reader.readNodes(try site.run(try #require(reader.nodeQuery))) == ["localhost"])
        #expect(site.complaints == "")
    }

    @Test("stand-ins take no option that the scheduler does not have, and refuse when they are told to", arguments: [
        ("pbspro", SchedulerKind.pbsPro, "qsub"), ("torque", .torque, "qsub"), ("lsf", .lsf, "bsub"),
    ])
    func refusals(folder: String, kind: SchedulerKind, submit: String) throws {
        let site = try Site(folder)
        defer { try? site.end() }
        let reader = try #require(ClusterProfile(kind).answerReader)
        var submission = CommandLine([submit, "--no-such-option"])
        submission.standardInput = "#!/bin/sh\n"
        #expect(reader.readSubmission(try site.run(submission)).kind == "refused")
        #expect(site.complaints.contains("--no-such-option"))
        try "1 would exceed the job limit\n".write(toFile: site.path("refuse"), atomically: false, encoding: .utf8)
        submission.words = [submit]
        #expect(reader.readSubmission(try site.run(submission)).kind == "later")
        #expect(reader.readSubmission(try site.run(submission)).kind == "accepted")
    }
}
