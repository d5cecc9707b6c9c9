import Foundation
import Testing

extension EndToEnd {
    /// How commands of a map end, and what becomes of their output.
    @Suite struct Commands {}
}

extension EndToEnd.Commands {
    private func objects(_ end: Finished) throws -> [[String: Any]] {
        try end.lines.map { line in
            try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test func `a command over its time is ended with all it started`() async throws {
        let end = try await shell(
            "hayate map -n 2 --timeout 0.5s --output json --shell"
                + " 'echo begun {}; test {} = a || { sleep 1000 & sleep 1000; }' ::: a b")
        #expect(end.code == 1)
        #expect(end.seconds < 20)
        #expect(end.error.contains("element 2 (b): timed out after 0.5 s"))
        let objects = try objects(end)
        #expect(objects.map { $0["status"] as? String } == ["ok", "timed-out"])
        // What it said before is kept.
        #expect(objects.last?["stdout"] as? String == "begun b\n")
    }

    @Test func `a failed command is tried again as often as asked`() async throws {
        let line = "hayate map --output json --shell"
            + " 'echo try $HAYATE_ATTEMPT {}; test $HAYATE_ATTEMPT = 3' ::: x"
        let enough = try await shell(
            line.replacingOccurrences(of: "map", with: "map --retries 2"))
        #expect(enough.code == 0)
        let object = try #require(try objects(enough).first)
        #expect(object["attempts"] as? Int == 3)
        #expect(object["stdout"] as? String == "try 3 x\n")
        let tooFew = try await shell(
            line.replacingOccurrences(of: "map", with: "map --retries 1"))
        #expect(tooFew.code == 1)
        #expect(tooFew.error.contains("exit 1 in each of 2 attempts"))
    }

    @Test func `keep going runs all, stop on failure does not`() async throws {
        let tail = " -n 1 --shell 'echo {}; test {} != 2 || exit 7' ::: $(seq 50)"
        let all = try await shell("hayate map --keep-going" + tail)
        #expect(all.code == 1)
        #expect(all.lines.count == 50)
        #expect(all.error.contains("element 2 (2): exit 7"))
        let stopped = try await shell("hayate map --stop-on-failure" + tail)
        #expect(stopped.code == 1)
        #expect(stopped.lines.starts(with: ["1", "2"]))
        #expect(stopped.lines.count < 50)
        #expect(stopped.error.contains("stopped at the first failure"))
    }

    @Test func `stop on failure does not wait for what runs`() async throws {
        let end = try await shell(
            "hayate map -n 2 --stop-on-failure --shell 'test {} = 2 && exit 1; sleep 1000'"
                + " ::: 1 2 3")
        #expect(end.code == 1)
        #expect(end.seconds < 20)
    }

    @Test func `a command that is killed is reported with its signal`() async throws {
        let end = try await shell(
            "hayate map -n 2 --output json --shell 'test {} = b && kill -SEGV $$; echo {}'"
                + " ::: a b c")
        #expect(end.code == 1)
        #expect(end.error.contains("element 2 (b): ended by SIGSEGV"))
        let objects = try objects(end)
        #expect(objects.map { $0["signal"] as? Int } == [nil, 11, nil])
    }

    @Test func `JSON holds whatever a program writes`() async throws {
        let end = try await shell(
            #"hayate map -n 2 --output json printf '%s\n' {} ::: 'a "b" \c' 'x"# + "\n"
                + #"y' 'ünï—文' '-n' '' '$(id)'"#)
        #expect(end.code == 0)
        let objects = try objects(end)
        let wanted = [#"a "b" \c"#, "x\ny", "ünï—文", "-n", "", "$(id)"]
        #expect(objects.compactMap { ($0["inputs"] as? [String])?.first } == wanted)
        #expect(objects.compactMap { $0["stdout"] as? String } == wanted.map { $0 + "\n" })
        #expect(objects.compactMap { $0["index"] as? Int } == Array(1...6))
        let bytes = try await shell(#"hayate map --output json printf '\377\000\033[2J{}' ::: a"#)
        #expect(try self.objects(bytes).count == 1)
    }

    @Test func `CSV quotes what needs it`() async throws {
        let end = try await shell(
            "hayate map --output csv printf 'one,%s\"two\"\\nthree' {} ::: 'a, b'")
        #expect(end.code == 0)
        let expected = #"1,"a, b",ok,0,"#
        let rows = end.output.split(separator: "\n", maxSplits: 1)
        #expect(rows[0] == "index,input1,status,exit,seconds,stdout")
        #expect(rows[1].hasPrefix(expected))
        #expect(rows[1].hasSuffix(",\"one,a, b\"\"two\"\"\nthree\"\n"))
    }

    @Test func `inputs stream`() async throws {
        // With the first result on the screen, more input is still to be written.
        let run = try ShellRun(
            "{ echo first; until test -e seen; do sleep 0.05; done; echo last; }"
                + " | hayate map -n 2 echo {} | { read line; echo $line; touch seen; cat; }",
            in: NSTemporaryDirectory())
        defer {
            run.abandon()
            unlink(NSTemporaryDirectory() + "/seen")
        }
        let end = try await run.finish()
        #expect(end.lines == ["first", "last"])
    }

    @Test func `10 MB of one element come through whole`() async throws {
        try await withDirectory { directory in
            let end = try await shell(
                "head -c 10000000 /dev/urandom > noise;"
                    + " hayate map -n 2 --results out cat ::: noise noise > twice;"
                    + " cat noise noise | cmp - twice && cmp noise out/output/0000/000002.out;"
                    + " echo $?; ls spill | wc -l",
                in: directory, environment: ["TMPDIR": directory + "/spill"],
                preparing: { mkdir(directory + "/spill", 0o700) })
            #expect(end.lines == ["0", "0"])
        }
    }

    @Test func `much output on both streams does not block`() async throws {
        let end = try await shell(
            "hayate map -n 2 --shell 'seq 200000; seq 200000 >&2; : {}' ::: a b 2>errors.$$ | wc -l;"
                + " wc -l < errors.$$; rm errors.$$", in: NSTemporaryDirectory())
        #expect(end.lines == ["400000", "400000"])
    }
}

/// A line for which something must be there before.
private func shell(
    _ line: String, in directory: String, environment: [String: String],
    preparing: () -> Int32
) async throws -> Finished {
    _ = preparing()
    return try await shell(line, in: directory, environment: environment)
}
