import Foundation
import HayateCluster

extension JobOptions {
    /// The names of all of them, for whoever looks for a mistyped one.
    static let names = [
        "--request", "--name", "--queue", "--account", "--project", "--qos", "--reservation", "--nodes", "--tasks-per-node",
        "--cpus", "--memory", "--walltime", "--gpus", "--constraint", "--exclusive", "--licence", "--array", "--output-file",
        "--error-file", "--directory", "--env", "--module", "--prologue", "--epilogue", "--dependency", "--warning", "--mail",
        "--priority", "--requeue", "--hold", "--directive", "--drop-directive", "--raw-option", "--template",
    ]

    /// What was written, the strongest first: the options, and the file.
    ///
    /// - Throws: `CommandLineError` for whatever is wrong with them.
    func sources() throws -> [RequestSource] {
        do {
            var sources = [try RequestSource(options: options())]
            if let request {
                sources.append(try RequestSource(text: ClusterFiles.text(of: request), source: request))
            }
            return sources
        } catch let faults as SettingFaults {
            throw CommandLineError(faults)
        }
    }

    private func options() throws -> [RequestSource.Option] {
        typealias Option = RequestSource.Option
        var options: [Option] = [
            ("--name", "name", name), ("--queue", "queue", queue), ("--account", "account", account),
            ("--project", "project", project), ("--qos", "qos", qos), ("--reservation", "reservation", reservation),
            ("--nodes", "nodes", nodes), ("--tasks-per-node", "tasksPerNode", tasksPerNode), ("--cpus", "cpus", cpus),
            ("--memory", "memory", memory), ("--walltime", "walltime", walltime), ("--gpus", "gpus", gpus),
            ("--constraint", "constraint", constraint), ("--array", "array", array), ("--output-file", "output", outputFile),
            ("--error-file", "errorOutput", errorFile), ("--directory", "directory", directory),
            ("--priority", "priority", priority), ("--template", "template", template),
            ("--exclusive", "exclusive", exclusive ? "true" : nil), ("--requeue", "requeue", requeue ? "true" : nil),
            ("--hold", "hold", hold ? "true" : nil),
        ].compactMap { name, key, value in value.map { Option(name, SettingPath([key]), $0) } }
        for (name, key, values) in [
            ("--module", "modules", module), ("--prologue", "prologue", prologue), ("--epilogue", "epilogue", epilogue),
            ("--dependency", "dependencies", dependency), ("--directive", "extraDirectives", directive),
            ("--drop-directive", "dropDirectives", dropDirective), ("--raw-option", "rawOptions", rawOption),
        ] {
            options += values.map { Option(name, SettingPath([key]), $0, isOfList: true) }
        }
        for variable in env {
            guard let (name, value) = Self.halves(of: variable, at: "="), !name.isEmpty else {
                throw CommandLineError(
                    code: .usage, message: "--env '\(variable)' sets nothing", hint: "write it as NAME=value")
            }
            options.append(Option("--env", SettingPath(["environment", name]), value))
        }
        for licence in licence {
            let (name, count) = Self.halves(of: licence, at: ":") ?? (licence, "1")
            options.append(Option("--licence", SettingPath(["licences", name]), count))
        }
        if let warning {
            guard let (signal, time) = Self.halves(of: warning, at: "@") else {
                throw CommandLineError(
                    code: .usage, message: "--warning '\(warning)' does not say when",
                    hint: "write the signal and how long before the end, for example USR1@2m")
            }
            options.append(Option("--warning", SettingPath(["warning", "signal"]), signal))
            options.append(Option("--warning", SettingPath(["warning", "before"]), time))
        }
        if let mail { options.append(Option("--mail", SettingPath(["mail", "to"]), mail)) }
        return options
    }

    private static func halves(of text: String, at sign: Character) -> (String, String)? {
        guard let index = text.firstIndex(of: sign) else { return nil }
        return (String(text[..<index]), String(text[text.index(after: index)...]))
    }
}

extension CommandLineError {
    /// Everything that is wrong with a file or with options, one sentence each.
    init(_ faults: SettingFaults) {
        self.init(code: .usage, message: faults.description, hint: "")
    }

    /// A sentence that has its remedy.
    init(_ error: ClusterError) {
        self.init(code: .usage, message: error.description, hint: "")
    }
}

/// Files that are about jobs of schedulers.
enum ClusterFiles {
    static func text(of path: String) throws -> String {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw CommandLineError.cannotRead(path, "there is no such file, or it may not be read")
        }
        guard let text = String(bytes: bytes, encoding: .utf8) else {
            throw CommandLineError.cannotRead(path, "it is not UTF-8")
        }
        return text
    }
}
