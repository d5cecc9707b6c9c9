import Foundation
import Testing

@testable import HayateCLI

@Suite("parse-status and parse-submit")
struct AnswerCommandTests {
    private let queue = """
        CLUSTER: main
        9_[3-9%3]|PENDING|JobArrayTaskLimit||h
        9_2|RUNNING|None|n[1-2]|h
        24|TIMEOUT|TimeLimit|n1|h
        22|FAILED|NonZeroExitCode|n1|h

        """

    @Test("the states of jobs are a table")
    func table() async throws {
        let result = try await hayate(["parse-status", "--scheduler", "slurm", "--cluster", "main"], input: queue)
        #expect(result.code == 0 && result.error == "")
        #expect(result.output == """
            JOB  ELEMENTS  STATE    END      NODES  REASON
            9    3-9       pending                  JobArrayTaskLimit
            9    2         running           n1,n2
            24             timeout  timeout  n1     TimeLimit
            22             failed            n1     NonZeroExitCode

            """)
    }

    @Test("or a line of JSON each")
    func json() async throws {
        let accounting = "22|FAILED|3:0|0:0|None|n1|c|\"h\"\n25|CANCELLED by 1001|0:15|0:0|None|n1|c|h\n"
        let result = try await hayate(
            ["parse-status", "--scheduler", "slurm", "--accounting", "--output", "json"], input: accounting)
        #expect(result.output == """
            {"job":"22","name":"\\"h\\"","state":"failed","ended":true,"end":"exited","code":3,"nodes":["n1"]}
            {"job":"25","name":"h","state":"cancelled","ended":true,"end":"cancelled","by":"uid 1001","nodes":["n1"]}

            """)
    }

    @Test("what is no answer has exit code 1, and its words")
    func failed() async throws {
        try await withTemporaryDirectory { directory in
            let (out, err) = (directory + "/out", directory + "/err")
            try "".write(toFile: out, atomically: false, encoding: .utf8)
            try "LSF is down. Please wait ...\n".write(toFile: err, atomically: false, encoding: .utf8)
            let arguments = ["parse-status", "--scheduler", "lsf", "--exit", "255", "--errors", err, out]
            let result = try await hayate(arguments)
            #expect(result.code == 1 && result.output == "")
            #expect(result.error == "hayate: this is no answer: LSF is down. Please wait ...\n")
            let json = try await hayate(arguments + ["--output", "json"])
            #expect(json.code == 1 && json.output == "{\"failed\":\"LSF is down. Please wait ...\"}\n")
        }
    }

    @Test("the four answers to a submission")
    func submissions() async throws {
        func submit(_ kind: String, _ input: String, _ more: String...) async throws -> String {
            let result = try await hayate(["parse-submit", "--scheduler", kind] + more, input: input)
            #expect(result.code == 0 && result.error == "")
            return result.output
        }
        #expect(try await submit("slurm", "Welcome!\nSubmitted batch job 4711\n") == "accepted  4711\n")
        #expect(try await submit("pbspro", "0.pbs1\n", "--output", "json")
            == "{\"answer\":\"accepted\",\"job\":\"0.pbs1\"}\n")
        #expect(try await submit("sge", "unknown resource \"gpu\"\n", "--exit", "1")
            == "refused  unknown resource \"gpu\"\n")
        #expect(try await submit("lsf", "LSF is down.\n", "--exit", "255") == "later  LSF is down.\n")
        #expect(try await submit("torque", "").hasPrefix("unclear  the answer names no job"))
    }

    @Test("wrong words are named, and a file that is not there")
    func usage() async throws {
        #expect(try await hayate(["parse-status", "--scheduler", "flux"]).code == 2)
        let local = try await hayate(["parse-status", "--scheduler", "local"])
        #expect(local.code == 2 && local.error.contains("no scheduler that answers"))
        let missing = try await hayate(["parse-submit", "--scheduler", "slurm", "/nonexistent/answer"])
        #expect(missing.code == 2 && missing.error.hasPrefix("hayate: ")
            && missing.error.contains("/nonexistent/answer"))
    }
}
