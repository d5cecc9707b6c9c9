import Foundation
import HayateCore
import HayateTestTasks
import Synchronization
import Testing

@testable import Hayate

extension RealProcesses {
    @Suite("Daemons by web services", .enabled(if: WebLauncher.python != nil, "skipped: there is no python3"))
    struct WebLaunchTests {
        private func error(_ body: () async throws -> Void) async -> HayateError? {
            await #expect(throws: HayateError.self) { try await body() }
        }

        @Test("B, J: a request for each daemon, with the command in the body, and cookie and token of the moment")
        func plain() async throws {
            let launcher = try WebLauncher()
            let name = "a \"b\" \\ \u{1}\u{1f}\n未来 'c' %s"
            let calls = Mutex(0)
            let remote = httpConfig(
                url: "\(launcher.base)/launch", headers: ["X-One": "1"], data: #"{"n": 1, "command": "%s"}"#,
                cookie: .atLaunch { "session=c00kie" },
                token: .atLaunch { "token-\(calls.withLock { $0 += 1; return $0 })" })
            // Nothing is evaluated before it is needed.
            #expect(calls.withLock { $0 } == 0)
            try await withPool(.testListening().with { $0.environment["HAYATE_TEST_NAME"] = name }) { pool async throws in
                let answers = try await pool.launchRemote(2, remote: remote)
                #expect(answers.map(\.status) == [201, 201])
                #expect(answers.map(\.body) == [#"{"id": "1"}"#, #"{"id": "2"}"#])
                #expect(answers.allSatisfy { !$0.isCut && $0.job == nil })
                try await pool.ready(2, timeout: .seconds(30))
                #expect(try await pool.mirai(GetVariable("HAYATE_TEST_NAME")).value[1] == name)
                let requests = launcher.requests
                #expect(requests.map(\.line) == ["POST /launch", "POST /launch"])
                #expect(requests.map { $0.header("authorization") } == ["Bearer token-1", "Bearer token-2"])
                #expect(requests.allSatisfy { $0.header("cookie") == "session=c00kie" && $0.header("x-one") == "1" })
                #expect(requests[0].header("content-type") == "application/json")
                #expect(requests[0].body["command"]?.string == (try pool.launchCommands()[0]))
            }
        }

        @Test("A refusal is an error with status and words, without the token, and those before it stay")
        func refused() async throws {
            let launcher = try WebLauncher()
            let remote = httpConfig(
                url: "\(launcher.base)/twice?key=t0psecret", data: #"{"command": "%s"}"#, token: "very-secret-token")
            try await withPool(.testListening()) { pool async throws in
                let late = await error { try await pool.launchRemote(3, remote: remote) }
                #expect(late?.code == .launchFailed)
                #expect(
                    late?.message == "POST \(launcher.base)/twice?…: 403 Forbidden: quota of Bearer … is used up ask for more "
                        + "(2 of 3 daemons were asked for before, and stay)")
                try await pool.ready(2, timeout: .seconds(30))
                let gone = httpConfig(url: "\(launcher.base)/none", data: "%s")
                let noJSON = await error { try await pool.launchRemote(remote: gone) }
                #expect(noJSON?.message.contains(": 400 Bad Request: no JSON: ") == true)
                let moved = await error {
                    try await pool.launchRemote(
                        remote: httpConfig(url: "\(launcher.base)/moved", data: #"{"command": "%s"}"#))
                }
                #expect(
                    moved?.message.hasSuffix(
                        "307 Temporary Redirect, to https://elsewhere.example/launch: redirects are not followed, give that URL")
                        == true, "\(moved?.message ?? "")")
            }
        }

        @Test("What cannot be meant is refused before anything is sent, and no secret is in a description")
        func mistakes() async throws {
            let launcher = try WebLauncher()
            try await withPool(.testListening()) { pool async throws in
                let noPlace = await error {
                    try await pool.launchRemote(remote: httpConfig(url: "\(launcher.base)/launch", data: "{}"))
                }
                #expect(noPlace?.code == .invalidArgument)
                #expect(noPlace?.message.contains("needs %s in the place of the daemon's command") == true)
                for (token, cookie) in [("very-secret", nil), (nil, "very-secret")] as [(String?, String?)] {
                    let plain = await error {
                        try await pool.launchRemote(
                            remote: httpConfig(
                                url: "http://192.0.2.1/launch", data: "%s", cookie: cookie.map { LaunchValue($0) },
                                token: token.map { LaunchValue($0) }))
                    }
                    #expect(plain?.code == .invalidArgument)
                    #expect(plain?.message.contains("would send the token or cookie over the network unprotected") == true)
                }
                let injected = await error {
                    try await pool.launchRemote(
                        remote: httpConfig(
                            url: "\(launcher.base)/launch", data: "%s", token: "very-secret\r\nX-Other: 1"))
                }
                #expect(injected?.code == .invalidArgument)
                #expect(injected?.message.contains("very-secret") == false)
                let failing = await error {
                    try await pool.launchRemote(
                        remote: httpConfig(
                            url: "\(launcher.base)/launch", data: "%s", token: .variable("HAYATE_NO_SUCH_VARIABLE")))
                }
                #expect(failing?.message.contains("HAYATE_NO_SUCH_VARIABLE is not set") == true)
                // Nobody listens at the port of a server that has ended.
                let dead = await error {
                    try await pool.launchRemote(remote: httpConfig(url: "http://127.0.0.1:1/", data: "%s"))
                }
                #expect(dead?.code == .launchFailed)
                #expect(dead?.message.contains("Connection refused") == true)
                let negative = await error { try await pool.launchRemote(-1, remote: httpConfig(url: "", data: "")) }
                #expect(negative?.code == .invalidArgument)
                #expect(launcher.requests.isEmpty)
            }
            let remote = httpConfig(url: "https://h/?key=very-secret", data: "%s", cookie: "very-secret", token: "very-secret")
            var dumped = ""
            dump(remote, to: &dumped)
            #expect(!"\(remote) \(String(reflecting: remote)) \(dumped)".contains("very-secret"))
        }

        @Test("S: Posit Workbench: its fields, the session's cookie, look-ups that list the names")
        func workbench() async throws {
            let launcher = try WebLauncher()
            let files = try TemporaryDirectory()
            try SignalFile.write(files("rpc_cookie"), "session-cookie\n")
            setenv("RS_SERVER_ADDRESS", launcher.base + "/wb", 1)
            setenv("PWB_SESSION_RUNTIME_DIR", files.path, 1)
            defer { for name in ["RS_SERVER_ADDRESS", "PWB_SESSION_RUNTIME_DIR", "RS_SESSION_RPC_COOKIE"] { unsetenv(name) } }
            try await withPool(.testListening()) { pool async throws in
                try await pool.launchRemote(remote: httpConfig())
                try await pool.ready(1, timeout: .seconds(30))
                let requests = launcher.requests
                #expect(requests.map(\.line) == ["GET /wb/api/get_compute_envs", "POST /wb/api/launch_job"])
                for name in ["cookie", "x-rs-session-server-rpc-cookie"] {
                    #expect(requests.allSatisfy { $0.header(name) == "session-cookie" })
                }
                let body = requests[1].body
                #expect(body["method"] == "launch_job")
                let command = try pool.launchCommands()[0]
                #expect(
                    body["kwparams"]?["job"] == [
                        "cluster": "Local", "container": ["image": "img:1"], "name": "hayate_daemon", "exe": "/bin/sh",
                        "args": ["-c", .string("exec " + command)], "resourceProfile": "small",
                    ])
                setenv("RS_SESSION_RPC_COOKIE", "newer-cookie", 1)
                try await pool.launchRemote(remote: .workbench(jobName: "j", cluster: "Kubernetes", cpus: 4))
                let job = launcher.requests[3].body["kwparams"]?["job"]
                #expect(job?["resources"] == ["cpus": 4, "memory": 512])
                #expect(job?["resourceProfile"] == nil)
                #expect(job?["container"] == nil)
                #expect(launcher.requests[3].header("cookie") == "newer-cookie")
                try await pool.launchRemote(remote: .workbench(memory: 8192))
                #expect(launcher.requests[5].body["kwparams"]?["job"]?["resources"] == ["cpus": 1, "memory": 8192])
                let cluster = await error { try await pool.launchRemote(remote: .workbench(cluster: "Slurm")) }
                #expect(
                    cluster?.message == "there is no cluster \"Slurm\" in Posit Workbench; it has: Local, Kubernetes")
                let profile = await error { try await pool.launchRemote(remote: .workbench(resourceProfile: "huge")) }
                #expect(
                    profile?.message
                        == "there is no resource profile \"huge\" in Posit Workbench; it has: small, large")
                let refused = await error { try await pool.launchRemote(remote: .workbench(jobName: "refuse")) }
                #expect(refused?.message == "Posit Workbench refused a job: no licence")
            }
            unsetenv("RS_SERVER_ADDRESS")
            try await withPool(.testListening()) { pool async throws in
                let outside = await error { try await pool.launchRemote(remote: httpConfig()) }
                #expect(outside?.message.contains("this is no session of Posit Workbench") == true)
            }
        }

        @Test("Kubernetes: a Job whose pod reads the key from a mounted file, deleted with the pool")
        func kubernetes() async throws {
            let launcher = try WebLauncher()
            var names: [String] = []
            try await withPool(.testListening()) { pool async throws in
                let keyFile = try #require(pool.daemonKeyFile)
                func remote(_ image: String = "tasks:7") -> HTTPConfiguration {
                    .kubernetes(
                        image: image, keySecret: "hayate-key", keyFile: keyFile, server: "\(launcher.base)",
                        namespace: "tests", token: "account-token", cpus: 0.5, memory: 256, environment: ["A": "b"])
                }
                let answers = try await pool.launchRemote(2, remote: remote())
                names = answers.compactMap(\.job)
                #expect(Set(names).count == 2)
                try await pool.ready(2, timeout: .seconds(30))
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                let request = try #require(launcher.requests.first)
                #expect(request.header("authorization") == "Bearer account-token")
                let body = request.body
                #expect(body["metadata"]?["name"]?.string == names[0])
                let pod = body["spec"]?["template"]?["spec"]
                #expect(pod?["restartPolicy"] == "Never")
                let container = pod?["containers"]?[0]
                #expect(container?["resources"]?["requests"] == ["cpu": "0.5", "memory": "256Mi"])
                #expect(container?["env"] == [["name": "A", "value": "b"]])
                let directory = "/" + keyFile.split(separator: "/").dropLast().joined(separator: "/")
                #expect(container?["volumeMounts"]?[0]?["mountPath"]?.string == directory)
                #expect(pod?["volumes"]?[0]?["secret"]?["secretName"] == "hayate-key")
                // The key itself is nowhere in it.
                let key = try String(contentsOfFile: keyFile, encoding: .utf8)
                for word in key.split(whereSeparator: { " \n".contains($0) }) where word.utf8.count == 64 {
                    #expect(!body.text.contains(word))
                }
                let refused = await error { try await pool.launchRemote(remote: remote("refuse")) }
                #expect(
                    refused?.message.hasSuffix(": 422 Unprocessable Entity: Job is invalid: no such image") == true,
                    "\(refused?.message ?? "")")
                // It is gone already when the pool ends.
                try await pool.launchRemote(remote: remote())
            }
            let deleted = launcher.requests.filter { $0.line.hasPrefix("DELETE ") }.map(\.line)
            #expect(deleted.count == 3)
            for name in names {
                #expect(
                    deleted.contains("DELETE /apis/batch/v1/namespaces/tests/jobs/\(name)?propagationPolicy=Background"))
            }
        }

        @Test("slurmrestd: errors under the status 200 are errors, ids are kept, jobs are cancelled with the pool")
        func slurm() async throws {
            let launcher = try WebLauncher()
            let url = LaunchValue("\(launcher.base)")
            try await withPool(.testListening()) { pool async throws in
                let remote = HTTPConfiguration.slurm(
                    url: url, user: "ada", token: "good-token", script: "module load a", environment: ["B": "c"],
                    partition: "short", walltime: .seconds(61), cpus: 2, memory: 100)
                let answers = try await pool.launchRemote(2, remote: remote)
                #expect(answers.map(\.job) == ["42", "43"])
                let request = try #require(launcher.requests.first)
                #expect(request.header("x-slurm-user-name") == "ada")
                let command = try pool.launchCommands()[0]
                #expect(request.body["script"]?.string == "#!/bin/sh\nmodule load a\nexec \(command)\n")
                #expect(
                    request.body["job"] == [
                        "name": "hayate", "environment": ["B": "c", "PATH": "/usr/local/bin:/usr/bin:/bin"],
                        "current_working_directory": "/", "standard_output": "/dev/null", "partition": "short",
                        "time_limit": 2, "cpus_per_task": 2, "memory_per_node": 100,
                    ])
                let refused = await error {
                    try await pool.launchRemote(
                        remote: .slurm(url: url, user: "ada", token: "good-token", partition: "nowhere"))
                }
                #expect(refused?.message == "Slurm refused a job: Invalid partition name specified (2000)")
                let stranger = await error {
                    try await pool.launchRemote(remote: .slurm(url: url, user: "ada", token: "bad-token"))
                }
                #expect(stranger?.message.hasSuffix(": 401 Unauthorized: Authentication failure") == true)
                unsetenv("SLURM_JWT")
                let none = await error { try await pool.launchRemote(remote: .slurm(url: url)) }
                #expect(none?.message.contains("run 'export $(scontrol token)' first") == true)
            }
            let deleted = launcher.requests.filter { $0.line.hasPrefix("DELETE ") }
            // That the first has ended before is no trouble.
            #expect(deleted.map(\.line) == ["DELETE /slurm/v0.0.38/job/42", "DELETE /slurm/v0.0.38/job/43"])
            #expect(deleted.allSatisfy { $0.header("x-slurm-user-token") == "good-token" })
        }
    }
}
