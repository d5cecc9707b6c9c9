import Foundation
import Hayate
import Logging

/// The log of the program `hayate`.
enum ProgramLog {
    static let variable = "HAYATE_LOG"

    /// Has everything that is logged in this process written to standard error. To be called once, before anything is.
    /// - Throws: `CommandLineError` for a level that there is not.
    static func begin() throws -> LogLines {
        let level = try level(ProcessInfo.processInfo.environment[variable])
        let lines = LogLines(descriptor: STDERR_FILENO)
        LoggingSystem.bootstrap { _ in ProgramLogHandler(lines, level: level) }
        return lines
    }

    /// The lowest level that is written: that of `HAYATE_LOG`, or warnings.
    static func level(_ text: String?) throws -> Logger.Level {
        guard let text, !text.isEmpty else { return .warning }
        guard let level = Logger.Level(rawValue: text.lowercased()) else {
            throw CommandLineError(
                code: .usage, message: "\(variable) is '\(text)', which is no level",
                hint: "set it to one of " + Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return level
    }
}

/// Writes each message as one line: `hayate: job 4711 ended …`.
struct ProgramLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel: Logger.Level
    private let lines: LogLines

    init(_ lines: LogLines, level: Logger.Level) {
        self.lines = lines
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let metadata = metadata.merging(metadataProvider?.get() ?? [:]) { _, new in new }
            .merging(event.metadata ?? [:]) { _, new in new }
        lines.write(Self.line(event.message.description, metadata))
    }

    /// - Returns: the message with its end, whatever it holds one line, and behind it the metadata by their names.
    static func line(_ message: String, _ metadata: Logger.Metadata) -> String {
        var text = "hayate: \(message)"
        if !metadata.isEmpty {
            let parts = metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            text += " (\(parts.joined(separator: ", ")))"
        }
        // Nothing that a job said may move the cursor.
        let scalars = text.unicodeScalars.map { scalar -> Character in
            guard scalar.properties.generalCategory == .control else { return Character(scalar) }
            return scalar == "\n" || scalar == "\t" ? " " : "?"
        }
        return String(scalars) + "\n"
    }
}
