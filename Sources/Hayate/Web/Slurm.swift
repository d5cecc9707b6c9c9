import Glibc
import HayateCore
import HayateHTTP

extension HTTPConfiguration {
    /// Daemons as jobs of a Slurm, by its web service `slurmrestd`.
    ///
    /// ```swift
    /// // export $(scontrol token) before
    /// try await pool.launchRemote(8, remote: .slurm(url: "https://slurm.example.org:6820", partition: "short"))
    /// ```
    ///
    /// It takes requests as the versions v0.0.36 to v0.0.38 of the interface have them (Slurm 21.08 to 23.02). The ids
    /// of the jobs are kept, and they are cancelled with the pool.
    /// - Parameters:
    ///   - url: where slurmrestd listens, without a path.
    ///   - version: of the interface.
    ///   - user: whose token it is; nil: this process's user.
    ///   - token: for `X-SLURM-USER-TOKEN`, made anew by `scontrol token` when it is over.
    ///   - name: of the jobs.
    ///   - script: lines before the daemon's command, such as `module load swift`.
    ///   - environment: variables of the job, which has none but these and Slurm's own. `PATH` is set if it is not
    ///     among them.
    ///   - directory: where the job runs. Nothing is written there unless `output` says so.
    ///   - output: the file for what the job says.
    ///   - partition: nil: the default one.
    ///   - account: nil: the user's default one.
    ///   - walltime: rounded up to minutes.
    ///   - cpus: of each daemon.
    ///   - memory: of each daemon, in MB (2^20 bytes).
    ///   - key: where the daemon finds the pool's key, if not in the home directory.
    public static func slurm(
        url: LaunchValue<String>, version: String = "v0.0.38", user: LaunchValue<String>? = nil,
        token: LaunchValue<String> = .variable("SLURM_JWT", remedy: "run 'export $(scontrol token)' first"),
        name: String = "hayate", script: String = "", environment: [String: String] = [:], directory: String = "/",
        output: String = "/dev/null", partition: String? = nil, account: String? = nil, walltime: Duration? = nil,
        cpus: Int? = nil, memory: Int? = nil, key: LaunchKey = .published
    ) -> HTTPConfiguration {
        var variables = environment
        if variables["PATH"] == nil { variables["PATH"] = "/usr/local/bin:/usr/bin:/bin" }
        let minutes = walltime.map { Int(($0.components.seconds + 59) / 60) }
        let job = JSONValue(present: [
            "name": .string(name),
            "environment": .object(
                variables.sorted { $0.key < $1.key }.map { JSONValue.Member(name: $0.key, value: .string($0.value)) }),
            "current_working_directory": .string(directory),
            "standard_output": .string(output),
            "partition": partition.map { .string($0) },
            "account": account.map { .string($0) },
            "time_limit": minutes.map { .number(String($0)) },
            "cpus_per_task": cpus.map { .number(String($0)) },
            "memory_per_node": memory.map { .number(String($0)) },
        ])
        var configuration = HTTPConfiguration(
            url: .atLaunch {
                WebAddress.joined(try await url.value("the URL of slurmrestd"), "slurm/\(version)/job/submit")
            },
            headers: .atLaunch {
                let user = if let user { try await user.value("the user's name") } else { try userName() }
                return ["X-SLURM-USER-NAME": user, "X-SLURM-USER-TOKEN": try await token.value("the token of Slurm")]
            }, service: SlurmService(script: script, job: job))
        configuration.key = key
        return configuration
    }

    private static func userName() throws(HayateError) -> String {
        guard let entry = getpwuid(geteuid()), let name = entry.pointee.pw_name else {
            throw HayateError(.invalidArgument, "this user has no name: give the one that the token of Slurm is for")
        }
        return String(cString: name)
    }
}

/// URLs put together.
enum WebAddress {
    static func joined(_ base: String, _ path: String) -> String {
        base.hasSuffix("/") ? base + path : "\(base)/\(path)"
    }
}

struct SlurmService: WebService {
    /// Lines before the command.
    let script: String
    let job: JSONValue

    func body(for daemon: RequestedDaemon, _ call: WebCall) async throws(WebFailure) -> String {
        let lines = ["#!/bin/sh"] + (script.isEmpty ? [] : [script]) + ["exec \(daemon.text)"]
        return JSONValue(present: ["script": .string(lines.joined(separator: "\n") + "\n"), "job": job]).text
    }

    /// slurmrestd says 200 and what went wrong.
    func job(in answer: HTTPAnswer) throws(HayateError) -> String? {
        if let complaint = complaint(in: answer) {
            throw HayateError(.launchFailed, "Slurm refused a job: \(WebCall.printable(complaint))")
        }
        guard let id = JSONValue(answer.body)?["job_id"]?.integer, id > 0 else {
            throw HayateError(
                .launchFailed,
                "slurmrestd answered \(answer.status) without the id of a job: "
                    + WebCall.printable(answer.text.prefix(400)))
        }
        return String(id)
    }

    func complaint(in answer: HTTPAnswer) -> String? {
        let errors = JSONValue(answer.body)?["errors"]?.elements ?? []
        guard !errors.isEmpty else { return nil }
        let texts = errors.map { error in
            let number = (error["error_number"] ?? error["error_code"])?.integer
            let text = error["description"]?.string ?? error["error"]?.string ?? error.text
            // The controller says nothing at all to a token that it does not take.
            let hint = number == 5005 ? ": the token may be over or another cluster's" : ""
            return text + (number.map { " (\($0))" } ?? "") + hint
        }
        return texts.joined(separator: "; ")
    }

    func cancellation(of job: String, launchedAt url: String) -> String? {
        guard url.hasSuffix("/submit") else { return nil }
        return url.dropLast("submit".count) + job
    }

    func isGone(_ answer: HTTPAnswer) -> Bool {
        // Slurm's "invalid job id" and "already done".
        let errors = JSONValue(answer.body)?["errors"]?.elements ?? []
        return !errors.isEmpty
            && errors.allSatisfy { error in
                let number = (error["error_number"] ?? error["error_code"])?.integer
                return number == 2017 || number == 2021
            }
    }
}
