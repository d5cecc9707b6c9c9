import ArgumentParser
import Foundation
import Hayate
import HayateCluster
import HayateDaemon
import HayateLaunch

/// A pool of one daemon on a site's cluster, which runs one small command: what a login node cannot tell alone.
struct SiteProbe: Sendable {
    let place: SitePlace
    /// Logs in where the site's commands are.
    let connector: any RemoteConnector
    /// Where the site's scripts and logs are; nil: at the usual place.
    let directory: String?
    /// For all of it, the time in the queue too.
    let timeLimit: Duration

    private enum Ending {
        case done(CommandResult, after: Duration, job: String)
        case failed(String, remedy: String)
    }

    /// - Throws: the exit code of Ctrl-C, once the job is cancelled.
    func run(_ tell: (SiteCheck) -> Void) async throws {
        let file = sharedFile()
        let secret = UUID().uuidString
        let isWritten = file.map { FileManager.default.createFile(atPath: $0, contents: Data(secret.utf8)) } ?? false
        defer { if let file, isWritten { try? FileManager.default.removeItem(atPath: file) } }
        let script = "echo \"$(uname -n)\"; date +%s; " + (isWritten ? "cat \"$1\"" : ":")
        let before = Date().timeIntervalSince1970
        let work = Task { try await probe(Command("/bin/sh", "-c", script, "sh", file ?? "")) }
        let interrupts = ProgramEnvironment.current.handlesSignals ? Interrupts { _ in work.cancel() } : nil
        defer { interrupts?.end() }
        let ending: Ending
        do {
            ending = try await withTaskCancellationHandler {
                try await work.value
            } onCancel: {
                work.cancel()
            }
        } catch let error as HayateError {
            ending = .failed(error.message, remedy: "correct the profile, and look at what the scheduler says")
        } catch is CancellationError {
            tell(SiteCheck("dial-in", .skipped, "interrupted; the job is cancelled"))
            throw ExitCode(ExitStatus.interrupted)
        }
        switch ending {
        case .failed(let message, let remedy):
            tell(SiteCheck("dial-in", .failed, message, remedy: remedy))
        case .done(let result, let time, let job):
            let lines = result.standardOutput.text.split(separator: "\n").map(String.init)
            let host = lines.first ?? "an unknown machine"
            tell(
                SiteCheck(
                    "dial-in", .ok,
                    "\(job) ran on \(host), its daemon dialled in, and a task was done, \(Self.seconds(time)) after "
                        + "the submission"))
            if lines.count > 1, let theirs = Int64(lines[1]) {
                let after = Int64(Date().timeIntervalSince1970.rounded(.up))
                let skew = theirs < Int64(before) ? theirs - Int64(before) : max(0, theirs - after)
                tell(SiteCheck.clock("clock of nodes", of: host, seconds: skew))
            }
            guard let file, isWritten else { return }
            tell(
                lines.count > 2 && lines[2] == secret
                    ? SiteCheck("shared directory", .ok, "\(host) sees \(Self.parent(file))")
                    : SiteCheck(
                        "shared directory", .warning,
                        "\(host) does not see \(Self.parent(file)), so that logs "
                            + "stay there",
                        remedy: "name a directory that all machines see, as runtime.sharedDirectory"))
        }
    }

    /// Submits the job, and waits until its daemon has done the task, or shows that it will not.
    private func probe(_ command: Command) async throws -> Ending {
        let clock = ContinuousClock()
        let start = clock.now
        var daemons = Daemons.site(place.name, 1)
        daemons.place = place
        daemons.connector = connector
        if let file = try? DaemonFile.find() { daemons.remoteProgram = .uploaded(file) }
        return try await withDaemons(daemons) { pool in
            let mirai = try await pool.submit(command)
            let finished = Task { await mirai.result }
            let observer = Task { await watch(pool, until: start.advanced(by: timeLimit), clock) { mirai.stop() } }
            let result = await withTaskCancellationHandler {
                await finished.value
            } onCancel: {
                mirai.stop()
            }
            observer.cancel()
            if Task.isCancelled { throw CancellationError() }
            if case .success(let value) = result {
                let job = pool.allocations?.rows.first.flatMap { $0.element }.map { "job \($0.job)" } ?? "a process"
                return .done(value, after: start.duration(to: clock.now), job: job)
            }
            if let seen = await observer.value { return seen }
            guard case .failure(let error) = result else { throw CancellationError() }
            return .failed(error.message, remedy: "look at the job's log: \(pool.allocations?.directory ?? "")")
        }
    }

    /// - Returns: why there is nothing more to wait for; nil: the task came to its end.
    private func watch(
        _ pool: Pool, until deadline: ContinuousClock.Instant, _ clock: ContinuousClock, stop: @Sendable () -> Void
    ) async -> Ending? {
        while !Task.isCancelled {
            let seen: Ending?
            if let status = pool.allocations {
                seen = Self.judge(status) ?? (clock.now < deadline ? nil : Self.late(status, timeLimit))
            } else {
                seen =
                    clock.now < deadline ? nil : .failed("no daemon has come in time", remedy: "give it longer: --wait")
            }
            if let seen {
                stop()
                return seen
            }
            try? await clock.sleep(for: .milliseconds(250))
        }
        return nil
    }

    private static func judge(_ status: AllocationStatus) -> Ending? {
        if let place = status.rows.firstIndex(where: { $0.isOverdue }), place < status.sentences.count {
            return blocked(status.sentences[place] + lastWords(status.rows[place], status))
        }
        if let ending = status.endings.last {
            return .failed(ending.text, remedy: "the job's script and log are in \(status.directory)")
        }
        if let reason = status.pauseReason {
            return .failed("nothing is submitted: \(reason)", remedy: "correct the profile, or ask the administrator")
        }
        return nil
    }

    private static func late(_ status: AllocationStatus, _ limit: Duration) -> Ending {
        let sentence = status.sentences.first ?? "no job is there"
        if let row = status.rows.first(where: { $0.started != nil && $0.present == 0 }) {
            return blocked(sentence + lastWords(row, status))
        }
        return .failed(
            "\(sentence), after \(limit.withUnits); it is cancelled",
            remedy: "give it longer (--wait), or take a queue with room (--profile)")
    }

    /// The last line of the job's log, with a sentence around it; nothing where there is none.
    private static func lastWords(_ row: AllocationRow, _ status: AllocationStatus) -> String {
        let name = row.element?.index.map { "\(row.name)-\($0)" } ?? row.name
        guard let log = try? String(contentsOfFile: "\(status.directory)/\(name).out", encoding: .utf8),
            let last = log.split(separator: "\n").last(where: { !$0.allSatisfy(\.isWhitespace) })
        else { return "; its log is empty here" }
        return "; its log ends: \(last.prefix(200))"
    }

    private static func blocked(_ sentence: String) -> Ending {
        .failed(
            sentence,
            remedy: "the machine runs the job but does not reach this one: let the firewall pass network.ports, or "
                + "name another address with network.dialBack")
    }

    private func sharedFile() -> String? {
        let variables = ProcessInfo.processInfo.environment
        let directory = directory ?? variables["HAYATE_STATE"] ?? variables["HOME"].map { $0 + "/.hayate" }
        guard let directory else { return nil }
        try? FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return "\(directory)/doctor-\(UUID().uuidString.prefix(8))"
    }

    private static func parent(_ path: String) -> String {
        path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    }

    private static func seconds(_ time: Duration) -> String {
        let tenths = time.components.seconds * 10 + time.components.attoseconds / 100_000_000_000_000_000
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
