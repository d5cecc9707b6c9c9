import Foundation
import Hayate
import HayateLaunch

/// The directory where the jobs of a run print.
enum LogDirectory {
    /// Removes it with all that is in it, if it is the run's own: its last part has the run's id in it.
    static func remove(of run: AllocationRun) throws(CommandLineError) {
        guard let path = run.logDirectory else { return }
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
