import Foundation

/// The program that is copied to other machines: the small daemon that needs nothing there but the C library.
enum DaemonFile {
    static let variable = "HAYATE_DAEMON"

    /// - Returns: what `HAYATE_DAEMON` names, or the `hayate-daemon` beside this program.
    /// - Throws: `CommandLineError` if there is none.
    static func find(
        _ environment: [String: String] = ProcessInfo.processInfo.environment,
        program: String? = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    ) throws -> String {
        if let named = environment[variable], !named.isEmpty {
            guard isFile(named) else { throw CommandLineError.noDaemonFile("\(variable) is \(named), where no file is") }
            return named
        }
        let beside = ((program ?? "") as NSString).deletingLastPathComponent + "/hayate-daemon"
        guard isFile(beside) else {
            throw CommandLineError.noDaemonFile("there is no daemon to copy to other machines")
        }
        return beside
    }

    private static func isFile(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory.boolValue
    }
}
