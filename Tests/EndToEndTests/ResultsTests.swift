import Foundation
import Testing

extension EndToEnd {
    /// `--results`: what is done is done.
    @Suite struct Results {}
}

extension EndToEnd.Results {
    /// Counts its executions in the file `ran`, and fails for 3 and 5 unless the file `good` is there.
    private static let sweep =
        "hayate map -n 2 --results out --shell"
        + " 'echo {} >> ran; echo value {}; case {} in 3|5) test -e good;; esac' ::: 1 2 3 4 5 6"

    @Test func `a second run does only what failed`() async throws {
        try await withDirectory { directory in
            let first = try await shell(Self.sweep, in: directory)
            #expect(first.code == 1)
            #expect(first.lines == (1...6).map { "value \($0)" })
            #expect(first.error.contains("hayate: element 3 (3): exit 1"))
            #expect(first.error.contains("4 of 6 succeeded, 2 failed"))
            #expect(lines(directory + "/ran").sorted() == ["1", "2", "3", "4", "5", "6"])
            let table = lines(directory + "/out/results.csv")
            #expect(table.first == "index,input1,status,exit,seconds,stdout")
            #expect(table.count == 7)
            #expect(table[3].hasPrefix("3,3,failed,1,"))

            try "".write(toFile: directory + "/good", atomically: false, encoding: .utf8)
            let second = try await shell(Self.sweep, in: directory)
            #expect(second.code == 0)
            #expect(second.lines == first.lines)
            #expect(second.error.contains("6 of 6 succeeded (4 of them in an earlier run)"))
            #expect(lines(directory + "/ran").dropFirst(6).sorted() == ["3", "5"])
            for (index, row) in lines(directory + "/out/results.csv").dropFirst().enumerated() {
                #expect(row.hasPrefix("\(index + 1),\(index + 1),ok,0,"))
                #expect(row.hasSuffix(",value \(index + 1)"))
            }

            let third = try await shell(Self.sweep, in: directory)
            #expect(third.code == 0)
            #expect(third.lines == first.lines)
            #expect(lines(directory + "/ran").count == 8)
        }
    }

    @Test func `another command is refused, and --fresh begins again`() async throws {
        try await withDirectory { directory in
            #expect(try await shell(
                "hayate map --results out echo a {} ::: 1 2", in: directory).code == 0)
            let other = try await shell("hayate map --results out echo b {} ::: 1 2", in: directory)
            #expect(other.code == 2)
            #expect(other.output == "")
            #expect(other.error.contains("another sweep"))
            #expect(other.error.contains("--fresh"))
            #expect(other.error.split(separator: "\n").count == 1)
            let fresh = try await shell(
                "hayate map --results out --fresh echo b {} ::: 1 2", in: directory)
            #expect(fresh.code == 0)
            #expect(fresh.lines == ["b 1", "b 2"])
            #expect(lines(directory + "/out/outcomes.jsonl").count == 2)
        }
    }

    @Test func `more inputs later run only the new ones`() async throws {
        try await withDirectory { directory in
            let line = "hayate map --results out --shell 'echo {} >> ran; echo {}' ::: "
            _ = try await shell(line + "b c", in: directory)
            let second = try await shell(line + "a b c d", in: directory)
            #expect(second.lines == ["a", "b", "c", "d"])
            #expect(lines(directory + "/ran").sorted() == ["a", "b", "c", "d"])
        }
    }

    @Test func `a run stopped by Ctrl-C goes on`() async throws {
        try await withDirectory { directory in
            let line = "exec hayate map -n 2 --results out --shell 'echo {} >> ran;"
                + " test {} -le 3 || test -e good || sleep 1000; echo {}' ::: 1 2 3 4 5 6"
            let run = try ShellRun(line, in: directory, screen: .terminal(columns: 80))
            defer { run.abandon() }
            try await eventually("three are recorded and two run") {
                lines(directory + "/out/outcomes.jsonl").count == 3
                    && run.processes.count { $0.name == "sleep" } == 2
            }
            run.pressControlC()
            #expect(try await run.finish().code == 130)
            try "".write(toFile: directory + "/good", atomically: false, encoding: .utf8)
            let second = try await shell(line, in: directory)
            #expect(second.code == 0)
            #expect(second.lines == ["1", "2", "3", "4", "5", "6"])
            #expect(lines(directory + "/ran").dropFirst(5).sorted() == ["4", "5", "6"])
        }
    }

    @Test func `two runs at once are kept apart`() async throws {
        try await withDirectory { directory in
            let run = try ShellRun("exec hayate map --results out sleep ::: 1000", in: directory)
            defer { run.abandon() }
            try await eventually("it runs") { run.processes.contains { $0.name == "sleep" } }
            let second = try await shell("hayate map --results out sleep ::: 1000", in: directory)
            #expect(second.code == 2)
            #expect(second.error.contains("another run"))
            #expect(second.error.contains("\(run.pid)"))
            kill(run.pid, SIGTERM)
            _ = try await run.finish()
        }
    }

    @Test func `after kill -9 the second run completes, each output once`() async throws {
        try await withDirectory { directory in
            let line = "seq 600 | hayate map -n 2 --results out --shell 'echo {} >> ran; echo is {}'"
            let run = try ShellRun(line, in: directory)
            defer { run.abandon() }
            try await eventually("some are recorded") {
                lines(directory + "/out/outcomes.jsonl").count >= 50 || run.hasEnded
            }
            kill(try #require(run.program).pid, SIGKILL)
            #expect(try await run.finish(grace: .seconds(10), wasKilled: true).code == 137)
            let recorded = lines(directory + "/out/outcomes.jsonl").count
            #expect((50..<600).contains(recorded))
            let ran = lines(directory + "/ran").count

            let second = try await shell(line, in: directory)
            #expect(second.code == 0)
            #expect(second.lines == (1...600).map { "is \($0)" })
            #expect(lines(directory + "/ran").count - ran <= 601 - recorded)
            let table = lines(directory + "/out/results.csv")
            #expect(table.count == 601)
            #expect(table.dropFirst().enumerated().allSatisfy { offset, row in
                row.hasPrefix("\(offset + 1),\(offset + 1),ok,0,")
                    && row.hasSuffix(",is \(offset + 1)")
            })
            #expect(Set(lines(directory + "/ran")).count == 600)
        }
    }

    @Test func `a directory with other files is left alone`() async throws {
        try await withDirectory { directory in
            try "mine".write(toFile: directory + "/thesis.txt", atomically: false, encoding: .utf8)
            let end = try await shell(
                "hayate map --results . --fresh echo ::: a", in: directory)
            #expect(end.code == 2)
            #expect(try text(directory + "/thesis.txt") == "mine")
        }
    }
}
