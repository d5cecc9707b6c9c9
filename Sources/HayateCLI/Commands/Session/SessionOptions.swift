import ArgumentParser
import Foundation
import Hayate

/// What a session is started with: options of `hayate session start`, which are kept for the next time.
struct SessionOptions: ParsableArguments, Sendable {
    @Option(
        name: [.customShort("n"), .customLong("daemons")],
        help: ArgumentHelp(
            "How many commands run at once (default: one per processor of this machine). With --profile also "
                + "MIN..MAX: as many as there is work for. With --ssh on each machine (default: 1).",
            valueName: "count"))
    var daemons: DaemonCount?

    @Option(
        help: ArgumentHelp(
            "How long daemons wait for a session that has ended without being stopped, with what they run and have "
                + "finished (default: 40m).", valueName: "time"))
    var lease: TimeText?

    @Option(
        help: ArgumentHelp(
            "How long results are kept after the last of their submission (default: 30d).", valueName: "time"))
    var keep: TimeText?

    @Flag(
        help: ArgumentHelp(
            "Have each daemon run several commands at once, within the processors, memory and graphics processors that "
                + "it has: for commands that say what they need."))
    var shareDaemons = false

    @OptionGroup var cluster: ClusterOptions

    @OptionGroup var remote: RemoteOptions

    @OptionGroup var place: ListenOptions

    func validate() throws {
        try DaemonCount.check(daemons, cluster, remote, place)
    }

    /// The same options as words of a command line, those that were given alone: equal for equal options.
    var words: [String] {
        var words = WordList()
        words.add("--daemons", daemons?.description)
        words.add("--lease", lease?.text)
        words.add("--keep", keep?.text)
        words.add("--share-daemons", shareDaemons)
        words.add("--profile", cluster.profile)
        for option in cluster.request.options { words.add(option.name, option.value) }
        for setting in cluster.settings { words.add("--set", setting) }
        for host in remote.hosts { words.add("--ssh", host) }
        words.add("--tunnel", remote.tunnel)
        words.add("--tunnel-port", remote.tunnelPort?.ports.map(String.init).joined(separator: ","))
        words.add("--remote-daemon", remote.remoteDaemon)
        words.add("--accept-new", remote.login.acceptNew)
        words.add("--ssh-config", remote.login.sshConfig)
        for file in remote.login.identity { words.add("--identity", file) }
        words.add("--listen", place.listen)
        words.add("--pool-key", place.poolKey)
        words.add("--certificate", place.certificate)
        words.add("--certificate-key", place.certificateKey)
        words.add("--client-ca", place.clientCa)
        words.add("--insecure-plaintext", place.insecurePlaintext)
        return words.words
    }

    /// The daemons of the session.
    func executorOptions() throws -> ExecutorOptions {
        let machines = remote.hosts.count
        let count = daemons ?? DaemonCount(
            machines > 0 ? 1 : place.listen != nil ? 0 : ProcessInfo.processInfo.activeProcessorCount)
        return ExecutorOptions(
            daemons: count.range.upperBound * max(1, machines), place: place, cluster: try cluster.place(count.range),
            remote: try remote.place(count.range.upperBound), ssh: remote.login.ssh,
            offer: shareDaemons ? Offer(self) : nil)
    }
}

/// Words of a command line.
private struct WordList {
    var words: [String] = []

    /// As one word, so that a value that begins with a hyphen is no option.
    mutating func add(_ name: String, _ value: String?) {
        if let value { words.append("\(name)=\(value)") }
    }

    mutating func add(_ name: String, _ isGiven: Bool) {
        if isGiven { words.append(name) }
    }
}

/// A length of time as it was written.
struct TimeText: ExpressibleByArgument, Sendable, Equatable {
    var text: String
    var duration: Duration

    init?(argument: String) {
        guard let duration = try? TimeLength.parse(argument) else { return nil }
        (text, self.duration) = (argument, duration)
    }
}

/// `settings.json` in a session's directory: what it was started with, for the next time.
struct SessionSettings: Codable, Equatable, Sendable {
    static let currentFormat = 1
    static let file = "settings.json"

    var format = currentFormat
    /// The version of hayate that wrote it.
    var version = Version.current
    /// The options of `hayate session start`.
    var options: [String]
    /// Where the session runs, and its daemons of this machine.
    var directory: String

    init(_ options: SessionOptions, directory: String) {
        self.options = options.words
        self.directory = directory
    }

    /// - Throws: `CommandLineError` if a later version does not know what this one wrote.
    func parsed() throws -> SessionOptions {
        do {
            return try SessionOptions.parse(options)
        } catch {
            throw CommandLineError(
                code: .session,
                message: "the options that the session was started with cannot be used: "
                    + SessionOptions.message(for: error),
                hint: "give others to hayate session start")
        }
    }

    /// Whether daemons run where this machine's directories may not be.
    var hasDaemonsElsewhere: Bool {
        options.contains { $0.hasPrefix("--ssh=") || $0.hasPrefix("--listen=") }
    }

    /// The options as one would type them.
    var text: String { options.isEmpty ? "no options" : HumanText.command(options) }

    /// - Parameter path: the session's directory.
    /// - Returns: nil: there are none.
    static func read(_ path: String) throws -> SessionSettings? {
        let file = path + "/" + Self.file
        guard let data = FileManager.default.contents(atPath: file) else { return nil }
        guard let settings = try? JSONDecoder().decode(Self.self, from: data), settings.format <= currentFormat else {
            throw CommandLineError(
                code: .session, message: "\(file) cannot be read: it is damaged, or of a newer hayate",
                hint: "remove it, and give hayate session start its options again")
        }
        return settings
    }

    /// Writes it, for the owner's eyes, and makes the session's directory if it is not there.
    func write(_ path: String) throws {
        let file = path + "/" + Self.file
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try encoder.encode(self).write(to: URL(fileURLWithPath: file), options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        } catch {
            throw CommandLineError(
                code: .session, message: "cannot write \(file): \(error.localizedDescription)",
                hint: "sessions are kept in $HAYATE_STATE, or in ~/.hayate: make room there")
        }
    }
}
