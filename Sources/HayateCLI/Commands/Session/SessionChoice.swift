import ArgumentParser
import Foundation
import Hayate

/// The variable that names the session of a terminal.
enum SessionVariable {
    static let name = "HAYATE_SESSION"
    static var value: String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// Which session a command is about.
struct SessionChoice: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "The session (default: HAYATE_SESSION, else default, else the only one that runs).", valueName: "name"))
    var session: String?

    func name(in access: SessionAccess) throws -> String {
        if let named = session ?? access.chosen() { return named }
        let running = try access.all().filter { $0.state == .running }.map(\.name)
        if running.contains("default") || running.count != 1 { return "default" }
        return running[0]
    }

    func connect() async throws -> ConnectedSession {
        let access = ProgramEnvironment.current.sessions
        return try await ConnectedSession(name(in: access), access)
    }
}
