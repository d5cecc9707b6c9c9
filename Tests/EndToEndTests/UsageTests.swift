import Foundation
import Testing

extension EndToEnd {
    /// Mistakes, help, and the other commands.
    @Suite struct Usage {}
}

extension EndToEnd.Usage {
    /// A line, and what its error message must hold.
    static let mistakes: [(line: String, words: [String])] = [
        ("hayate map", ["no command"]),
        ("hayate map ::: a b", ["no command"]),
        ("hayate map --timout 3 echo ::: a", ["--timout", "--timeout"]),
        ("hayate map echo :::: /nonexistent/list", ["/nonexistent/list", "No such file"]),
        ("hayate map --csv /nonexistent.csv echo", ["/nonexistent.csv"]),
        ("hayate map --csv / echo {a}", ["cannot read /", "directory"]),
        ("hayate map --grid a echo {a}", ["--grid 'a'", "name=1,2,3"]),
        ("hayate map --grid a=5..1:1 echo {a}", ["never reaches"]),
        ("hayate map --grid alpha=1,2 echo {alhpa}", ["{alhpa}", "{alpha}"]),
        ("hayate map echo {2} ::: a", ["{2}", "1 list"]),
        ("hayate map 'echo {} | wc' ::: a", ["--shell"]),
        ("hayate map --fresh echo ::: a", ["--results"]),
        ("hayate map --results /dev/null echo ::: a", ["/dev/null"]),
        ("hayate run", ["no command"]),
        ("hayate run --timout 3 true", ["--timout", "--timeout"]),
        ("hayate daemon nowhere", ["nowhere", "scheme"]),
        ("hayate daemon http://localhost", ["http://"]),
        ("hayate mpa echo ::: a", ["mpa", "map"]),
    ]

    @Test(arguments: mistakes)
    func `a mistake costs one sentence and exit code 2`(
        mistake: (line: String, words: [String])
    ) async throws {
        let end = try await shell(mistake.line)
        #expect(end.code == 2)
        #expect(end.output == "")
        #expect(end.error.split(separator: "\n").count == 1, "\(end.error)")
        #expect(end.error.hasPrefix("hayate: "))
        for word in mistake.words { #expect(end.error.contains(word), "\(end.error)") }
    }

    @Test func `lists of different lengths are found out on the way`() async throws {
        let end = try await shell("hayate map echo ::: a :::+ b c")
        #expect(end.code == 2)
        #expect(end.output == "a b\n" || end.output == "")
        #expect(end.error.contains("linked lists differ in length"))
    }

    @Test func `a program that is not there fails its elements`() async throws {
        let end = try await shell("hayate map no-such-program ::: a b")
        #expect(end.code == 1)
        #expect(end.error.contains("element 1 (a): could not start"))
        #expect(end.error.contains("no-such-program"))
    }

    @Test func `a directory is no program`() async throws {
        let end = try await shell("hayate run /usr")
        #expect(end.code == 125)
        #expect(end.error.contains("/usr is a directory"))
    }

    @Test func `no elements are no failure, and are told`() async throws {
        let end = try await shell("hayate map echo {} < /dev/null")
        #expect(end.code == 0)
        #expect(end.output == "")
        #expect(end.error.contains("no inputs"))
    }

    @Test func `run passes on what the command said and its exit code`() async throws {
        let end = try await shell("hayate run sh -c 'echo out; echo err >&2; exit 42'")
        #expect(end.code == 42)
        #expect(end.output == "out\n")
        #expect(end.error == "err\n")
        #expect(try await shell("hayate run true").code == 0)
        #expect(try await shell("hayate run sh -c 'kill -TERM $$'").code == 143)
        #expect(try await shell("hayate run no-such-program").code == 125)
        #expect(try await shell("hayate run --timeout 0.2 sleep 1000").code == 124)
        #expect(try await shell("hayate run -- ls --version | head -n 1").output.contains("ls"))
    }

    @Test func `a daemon whose host is not there says so`() async throws {
        let end = try await shell("hayate daemon --connect-within 1s tcp://127.0.0.1:1")
        #expect(end.code == 75)
        #expect(end.error.contains("127.0.0.1:1"))
        let lines = end.error.split(separator: "\n")
        // At once what it waits for, and at last why it has waited in vain.
        #expect(lines.count == 2, "\(end.error)")
        #expect(lines.first?.contains("there is no key for tcp://127.0.0.1:1 yet") == true)
        #expect(lines.last?.contains("no host answered at tcp://127.0.0.1:1") == true)
        #expect(end.seconds < 20)
    }

    @Test func `version and help`() async throws {
        let version = try await shell("hayate --version")
        #expect(version.code == 0)
        #expect(version.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
        for line in [
            "hayate --help", "hayate help map", "hayate map --help", "hayate help run",
            "hayate help daemon", "hayate help dispatcher", "hayate help completion",
        ] {
            let help = try await shell(line)
            #expect(help.code == 0)
            #expect(help.error == "")
            #expect(help.output.contains("USAGE: hayate"))
            #expect(help.lines.allSatisfy { $0.count <= 80 }, "\(line)")
            // A paragraph that was broken twice has a line of one or two words in its middle.
            let texts = help.lines.prefix { !$0.hasPrefix("USAGE") }
            #expect(!texts.contains("could") && !texts.contains("listens,"), "\(line)")
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `completion scripts parse`(name: String) async throws {
        let end = try await shell(
            "hayate completion \(name) > script.$$ && test -s script.$$ || exit 9;"
                + " command -v \(name) > /dev/null || { rm script.$$; exit 0; };"
                + " \(name) -n script.$$; code=$?; rm script.$$; exit $code",
            in: NSTemporaryDirectory())
        #expect(end.code == 0)
        #expect(end.error == "")
    }
}
