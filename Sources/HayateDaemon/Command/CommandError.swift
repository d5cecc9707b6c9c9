import CSystem
import Glibc

/// Why a command did not start. One that started always has a `CommandResult`.
public struct CommandError: Error, Codable, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    public enum Code: String, Codable, Hashable, Sendable, CaseIterable {
        /// The command itself cannot be run by any machine, such as one without arguments.
        case invalid
        /// No program of that name, or no file at that path.
        case programNotFound
        /// The file is there, but it may not be executed, or not on this machine.
        case notExecutable
        /// The working directory cannot be entered.
        case directory
        /// A file for a standard stream cannot be opened.
        case file
        /// A resource limit or nice value cannot be set.
        case limit
        /// The machine cannot start or watch a process now; another daemon may be able to.
        case system
        /// It was stopped before it started.
        case stopped
    }

    /// What kind of failure it was.
    public var code: Code

    /// The program, path or limit concerned.
    public var subject: String

    /// The operating system's error number; 0 where it was not asked.
    public var errorNumber: Int32

    /// One sentence that names the thing and the remedy.
    public var description: String

    /// The text of `description`.
    public var message: String { description }

    static func invalid(_ subject: String, _ sentence: String) -> CommandError {
        CommandError(code: .invalid, subject: subject, errorNumber: 0, description: sentence)
    }

    static func stopped(_ program: String) -> CommandError {
        CommandError(
            code: .stopped, subject: program, errorNumber: 0,
            description: "\(program) was stopped before it started.")
    }

    static func programNotFound(_ program: String) -> CommandError {
        CommandError(
            code: .programNotFound, subject: program, errorNumber: ENOENT,
            description: program.contains("/")
                ? "There is no file \(program); check the path, and that the machine of the daemon sees it."
                : "Command not found: \(program); install it on the machine of the daemon, or give its path or its PATH.")
    }

    static func interpreterNotFound(_ path: String) -> CommandError {
        CommandError(
            code: .notExecutable, subject: path, errorNumber: ENOENT,
            description: "\(path) needs an interpreter that is not on this machine; "
                + "check its first line (#!), or install it.")
    }

    static func notExecutable(_ path: String, _ number: Int32) -> CommandError {
        let sentence =
            switch number {
            case EACCES where isDirectory(path):
                "\(path) is a directory; give the path of a program in it."
            case EACCES:
                "\(path) is not executable; chmod +x it, "
                    + "and check that its file system allows programs."
            case ENOEXEC:
                "\(path) is no program for this machine; if it is a script, "
                    + "give it a first line such as #!/bin/sh."
            case E2BIG:
                "The arguments and environment for \(path) are too long for the system; "
                    + "pass them by standard input or a file."
            case ETXTBSY:
                "\(path) is being written to and cannot be executed now; "
                    + "try again once it is closed."
            default:
                "\(path) cannot be executed here (\(reason(number)))."
            }
        return CommandError(
            code: number == E2BIG ? .invalid : .notExecutable, subject: path, errorNumber: number,
            description: sentence)
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func directory(_ path: String, _ number: Int32) -> CommandError {
        CommandError(
            code: .directory, subject: path, errorNumber: number,
            description: "Cannot run in the directory \(path) (\(reason(number))); "
                + "create it on this machine, or choose another.")
    }

    static func file(_ path: String, _ purpose: String, _ number: Int32) -> CommandError {
        CommandError(
            code: .file, subject: path, errorNumber: number,
            description: "Cannot open \(path) for \(purpose) (\(reason(number))); "
                + "check the path and its permissions on this machine.")
    }

    static func limit(_ what: String, _ number: Int32) -> CommandError {
        CommandError(
            code: .limit, subject: what, errorNumber: number,
            description: "Cannot set the \(what) (\(reason(number))); "
                + "choose a value that this user may set.")
    }

    static func system(_ what: String, _ subject: String, _ number: Int32) -> CommandError {
        CommandError(
            code: .system, subject: subject, errorNumber: number,
            description: "Cannot \(what) for \(subject) (\(reason(number))); "
                + "this machine is out of processes, descriptors or memory: run less at once.")
    }

    /// The text the system has for an error number.
    static func reason(_ number: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            String(cString: hayate_error_text(number, buffer.baseAddress, buffer.count))
        }
    }
}
