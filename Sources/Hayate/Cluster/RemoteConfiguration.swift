import HayateCluster

/// How `Pool.launchRemote` has daemons started: by a command that takes a script.
public struct RemoteConfiguration: Hashable, Sendable {
    /// As a shell reads it: `sbatch`, or `/opt/slurm/bin/sbatch --clusters=b`.
    public var command: String
    /// Lines of the script before the daemon's command, as they are but for blanks before them.
    public var options: String
    /// Whose command it is; nil: what its name says, see `clusterConfig`.
    public var scheduler: SchedulerKind?

    /// The job's script.
    /// - Parameter daemon: the daemon's command, as text for a shell.
    func script(starting daemon: String) -> String {
        var lines = ["#!/bin/sh"]
        for line in options.split(whereSeparator: \.isNewline) {
            let stripped = line.drop { $0 == " " || $0 == "\t" }
            if !stripped.isEmpty { lines.append(String(stripped)) }
        }
        return (lines + [daemon]).map { $0 + "\n" }.joined()
    }

    /// Command and script as one text that can be pasted into a shell.
    func text(of script: String) -> String {
        let lines = Set(script.split(separator: "\n").map(String.init))
        var end = "EOF"
        while lines.contains(end) { end += "F" }
        return "\(command)<<'\(end)'\n\(script)\(end)"
    }

    /// The program, as it was written: the first word.
    var program: String {
        command.split { $0 == " " || $0 == "\t" }.first.map(String.init) ?? ""
    }

    /// - Parameter variable: variables of this process, by their names.
    /// - Throws: `HayateError.invalidArgument` for a program of which nothing is known.
    func cluster(variable: (String) -> String?) throws(HayateError) -> ClusterProfile {
        let parts = program.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let kind: SchedulerKind
        switch (scheduler, parts.last) {
        case (let named?, _) where named != .local: kind = named
        case (nil, "sbatch"): kind = .slurm
        case (nil, "bsub"): kind = .lsf
        case (nil, "qsub"): kind = Self.kindOfQsub(variable)
        default:
            throw HayateError(
                .invalidArgument,
                "'\(command)' begins with none of sbatch, qsub and bsub: name its scheduler, or use launch(by:)")
        }
        var cluster = ClusterProfile(kind)
        // The other commands are where this one is.
        let folder = parts.dropLast().map { $0 + "/" }.joined()
        if !folder.isEmpty {
            cluster.commands.status = [folder + cluster.facts.statusCommand]
            cluster.commands.cancel = [folder + cluster.facts.cancelCommand]
        }
        return cluster
    }

    /// Three schedulers have a `qsub`.
    private static func kindOfQsub(_ variable: (String) -> String?) -> SchedulerKind {
        if variable("SGE_ROOT") != nil { return .gridEngine }
        return variable("TORQUE_HOME") != nil || variable("PBSCOREDIR") != nil ? .torque : .pbsPro
    }
}

/// Daemons in jobs of a batch scheduler, with directives of one's own: mirai's `cluster_config`.
///
/// ```swift
/// let remote = clusterConfig(command: "sbatch", options: """
///     #SBATCH --mem=10G
///     #SBATCH --time=1:00:00
///     """)
/// try await pool.launchRemote(2, remote: remote)
/// ```
///
/// The script begins with `#!/bin/sh`, then come the options, then the command of one daemon. With an array by an
/// option line, `#SBATCH --array=1-50`, each element is a daemon: launch one job. Sites and their profiles
/// (`Daemons.site`) write the directives themselves, and replace what is lost.
/// - Parameters:
///   - command: `sbatch`, `qsub` or `bsub`, with a path before and options behind if need be.
///   - options: lines of the script; blanks before them are taken off.
///   - scheduler: whose command it is, for other names. `qsub` is Grid Engine's where `SGE_ROOT` is set, else PBS
///     Pro's or Torque's, unless its answer says otherwise.
public func clusterConfig(
    command: String = "sbatch", options: String = "", scheduler: SchedulerKind? = nil
) -> RemoteConfiguration {
    RemoteConfiguration(command: command, options: options, scheduler: scheduler)
}
