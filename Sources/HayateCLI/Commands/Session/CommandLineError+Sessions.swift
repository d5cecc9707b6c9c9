import Hayate

extension CommandLineError {
    static func noSession(_ name: String, nearest: String?, running: [String]) -> CommandLineError {
        let start = "hayate session start" + (name == "default" ? "" : " --name \(HumanText.shellWord(name))")
        let guess = nearest.map { " (did you mean \($0)?)" } ?? ""
        let others = running.isEmpty || nearest != nil
            ? "" : ", or give --session one of those that run: " + running.prefix(8).joined(separator: ", ")
        return CommandLineError(
            code: .session, message: "no session \(name) runs\(guess)", hint: "start one with \(start)\(others)")
    }

    static func sessionStopped(_ name: String) -> CommandLineError {
        let option = name == "default" ? "" : " --name \(HumanText.shellWord(name))"
        return CommandLineError(
            code: .session, message: "session \(name) does not run",
            hint: "hayate session start\(option) goes on with it, and has all that was submitted")
    }

    static func sessionElsewhere(_ name: String, host: String) -> CommandLineError {
        CommandLineError(
            code: .session, message: "session \(name) runs on \(host), and answers to programs of that machine alone",
            hint: "log in there")
    }

    static func noSubmission(_ name: String, session: String, nearest: String?) -> CommandLineError {
        let guess = nearest.map { " (did you mean \($0)?)" } ?? ""
        return CommandLineError(
            code: .session, message: "session \(session) has no submission \(name)\(guess)",
            hint: "hayate session status lists them")
    }

    static func noElement(_ task: SessionTaskName, count: Int) -> CommandLineError {
        let range = count == 0 ? "none" : count == 1 ? "\(task.submission)/0 alone"
            : "\(task.submission)/0 to \(task.submission)/\(count - 1)"
        return CommandLineError(
            code: .session, message: "there is no element \(task)", hint: "\(task.submission) has \(range)")
    }

    /// What a session, its host or the way to it said: its own sentence has the remedy.
    static func session(_ error: any Error) -> CommandLineError {
        CommandLineError(
            code: .session, message: (error as? HayateError)?.message ?? "\(error)", hint: "")
    }
}

extension CommandLineError.Code {
    /// A session cannot be used, or lacks what was named.
    static let session = CommandLineError.Code(description: "session")
}
