import Foundation
import Hayate
import HayateCluster
import HayateLaunch

/// The directory where the jobs of a run print.
enum LogDirectory {
    /// Removes it with all that is in it, if it is the run's own: its last part has the run's id in it.
    static func remove(of run: AllocationRun, _ session: AllocationsSession) async throws(CommandLineError) {
        guard let path = run.logDirectory else { return }
        guard run.cluster.access == .local else {
            try await removeFar(path, of: run, session)
            // The scripts are on this side.
            let state = session.registry.path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
            return try remove("\(state)/jobs/\(run.id)", of: run)
        }
        try remove(path, of: run)
    }

    /// On the machine with the cluster's commands, with the key that is in it. A relay that finds its lease gone ends.
    private static func removeFar(
        _ path: String, of run: AllocationRun, _ session: AllocationsSession
    ) async throws(CommandLineError) {
        let word = HumanText.shellWord(path)
        guard path.split(separator: "/").last.map(String.init) == run.id else {
            throw refusal(
                "\(word) is not removed, as its name is not the run's id \(run.id)", "remove it yourself over there")
        }
        guard let transport = session.transport(run.cluster.access) else {
            throw refusal("\(word) is on another machine, which cannot be reached from here", "remove it there")
        }
        let answer = await transport.run(CommandLine(["/bin/sh", "-c", "cd && rm -rf -- \"$1\"", "sh", path]))
        guard !answer.succeeded else { return }
        let reason: String
        switch answer.end {
        case .notStarted(let text): reason = text
        case .timedOut: reason = "no answer in time"
        case .process: reason = answer.errors.split(separator: "\n").first.map(String.init) ?? "no reason is told"
        }
        throw refusal("\(word) cannot be removed over there (\(reason))", "try again when it can be reached")
    }

    private static func remove(_ path: String, of run: AllocationRun) throws(CommandLineError) {
        let word = HumanText.shellWord(path)
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return }
            throw refusal("\(word) cannot be looked at (\(systemMessage()))", "check who may see it")
        }
        guard path.hasPrefix("/"), path.split(separator: "/").last?.contains(run.id) == true,
            status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid()
        else {
            throw refusal(
                "\(word) is not removed, as it is no directory of yours that has the run's id \(run.id) in its name",
                "remove it yourself, and then clean up again")
        }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw refusal("\(word) cannot be removed (\(error.localizedDescription))", "rm -r \(word)")
        }
    }

    private static func refusal(_ message: String, _ hint: String) -> CommandLineError {
        CommandLineError(code: .allocations, message: message, hint: hint)
    }
}
