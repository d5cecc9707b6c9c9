/// What the files of SSH's configuration say about one machine. As in OpenSSH, the first value that is found counts.
///
/// It is read here and not by libssh, whose reader does not know `HostKeyAlias`, `CertificateFile`, `IdentitiesOnly`
/// and several files of known hosts, makes a call of the program `ssh` out of `ProxyJump`, and names no lines.
/// The grammar is that of ssh_config(5) of OpenSSH 9.2.
struct SSHConfiguration {
    struct Value: Hashable {
        var arguments: [String]
        var file: String
        var line: Int

        var place: String { "\(file), line \(line)" }
    }

    /// Why the configuration cannot be used, with file and line.
    struct Failure: Error, Hashable { var reason: String }

    /// What `Host` and `Match` look at.
    struct Subject {
        /// As it was named.
        var original: String
        /// What the user said; nil: the configuration may say it.
        var user: String?
        /// The name of this process's user.
        var localUser: String
    }

    private(set) var values: [String: Value] = [:]
    /// Keywords that may be given several times, each of which counts.
    private(set) var lists: [String: [Value]] = [:]
    private let subject: Subject
    private let files: ConfigurationFiles
    /// What `Host` compares.
    private var target: String
    /// Whether this is the second reading, for which `Match final` asks.
    private var isFinal = false
    private var asksForFinal = false

    /// - Parameter sources: read in their order.
    init(_ subject: Subject, _ sources: [ConfigurationFiles.Source], _ files: ConfigurationFiles) throws(Failure) {
        self.subject = subject
        self.files = files
        target = subject.original
        for source in sources { try read(source) }
        if asksForFinal {
            isFinal = true
            // From now on it has the name that was found, which is not changed any more.
            target = self.subject(of: "host")
            let place = values["hostname"]
            values["hostname"] = Value(arguments: [target], file: place?.file ?? "", line: place?.line ?? 0)
            for source in sources { try read(source) }
        }
    }

    subscript(_ keyword: String) -> Value? { values[keyword] }

    private mutating func read(_ source: ConfigurationFiles.Source) throws(Failure) {
        guard let text = try files.text(of: source) else { return }
        try read(text, source, isActive: true, depth: 0)
    }

    /// - Parameter isActive: whether a block around an `Include` is for this machine.
    private mutating func read(
        _ text: String, _ source: ConfigurationFiles.Source, isActive: Bool, depth: Int
    ) throws(Failure) {
        var isInBlock = isActive
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            func failure(_ reason: String) -> Failure {
                Failure(reason: "\(source.path), line \(index + 1): \(reason)")
            }
            let parsed: ConfigurationLine?
            do throws(ConfigurationLine.Fault) { parsed = try ConfigurationLine(line) } catch {
                throw failure("\(error.reason): write a keyword and its value")
            }
            guard let parsed else { continue }
            guard let first = parsed.arguments.first, !first.isEmpty else {
                throw failure("\(parsed.keyword) has no value: give it one, or remove the line")
            }
            switch parsed.keyword {
            case "host":
                isInBlock = isActive && NamePattern.matches(target, anyOf: parsed.arguments)
            case "match":
                isInBlock = isActive ? try fits(parsed.arguments, failure) : false
            case "include":
                guard isInBlock else { continue }
                guard depth < 16 else {
                    throw failure("files are included more than 16 deep: do they include each other?")
                }
                for argument in parsed.arguments {
                    for included in try files.included(argument, by: source, failure) {
                        guard let text = try files.text(of: included) else { continue }
                        try read(text, included, isActive: true, depth: depth + 1)
                    }
                }
            default:
                guard isInBlock else { continue }
                if parsed.arguments.count > 1, Self.single.contains(parsed.keyword) {
                    throw failure("\(parsed.keyword) takes one value: put it in quotes, or write no blanks in it")
                }
                take(parsed, Value(arguments: parsed.arguments, file: source.path, line: index + 1))
            }
        }
    }

    private mutating func take(_ line: ConfigurationLine, _ value: Value) {
        switch line.keyword {
        case "identityfile", "certificatefile":
            // The second reading finds them all again.
            if lists[line.keyword]?.contains(where: { $0.arguments == value.arguments }) != true {
                lists[line.keyword, default: []].append(value)
            }
        case "proxyjump":
            // They exclude each other: whichever comes first. Only `ProxyJump none` leaves room for a command.
            if values["proxyjump"] == nil, values["proxycommand"] == nil { values["proxyjump"] = value }
        case "proxycommand":
            let jump = values["proxyjump"]?.arguments[0].lowercased() ?? "none"
            if jump == "none", values["proxycommand"] == nil { values["proxycommand"] = value }
        default:
            let keyword = Self.oldNames[line.keyword] ?? line.keyword
            if values[keyword] == nil { values[keyword] = value }
        }
    }

    /// Keywords that are used here and have one value.
    private static let single: Set<String> = [
        "hostname", "port", "user", "identityfile", "certificatefile", "identitiesonly", "identityagent",
        "hostkeyalias", "hashknownhosts", "proxyjump", "revokedhostkeys", "ciphers", "macs", "kexalgorithms",
        "hostkeyalgorithms", "pubkeyacceptedalgorithms", "pubkeyauthentication", "passwordauthentication",
        "kbdinteractiveauthentication", "preferredauthentications",
    ]

    /// Keywords of earlier versions that are still written.
    private static let oldNames = [
        "challengeresponseauthentication": "kbdinteractiveauthentication",
        "skeyauthentication": "kbdinteractiveauthentication", "dsaauthentication": "pubkeyauthentication",
        "pubkeyacceptedkeytypes": "pubkeyacceptedalgorithms", "globalknownhostsfile2": "globalknownhostsfile",
        "userknownhostsfile2": "userknownhostsfile",
    ]

    // MARK: - Match

    private mutating func fits(_ words: [String], _ failure: (String) -> Failure) throws(Failure) -> Bool {
        var rest = words[...]
        var fits = true
        while let word = rest.popFirst() {
            let isNegated = word.hasPrefix("!")
            let criterion = (isNegated ? String(word.dropFirst()) : word).lowercased()
            let holds: Bool
            switch criterion {
            case "all":
                guard words.count == 1 || (words.count == 2 && ["final", "canonical"].contains(words[0].lowercased()))
                else { throw failure("Match all stands alone: remove the other conditions") }
                holds = true
            // Names are not made canonical here; in the second reading it holds in OpenSSH too.
            case "canonical": holds = isFinal
            case "final":
                asksForFinal = true
                holds = isFinal
            case "host", "originalhost", "user", "localuser":
                guard let list = rest.popFirst(), !list.isEmpty else {
                    throw failure("Match \(criterion) has no pattern: write one behind it")
                }
                holds = NamePattern.matches(self.subject(of: criterion), anyOf: list.split(separator: ","))
            default:
                // What already does not fit need not be understood.
                guard fits else { return false }
                throw failure(
                    "Match \(criterion) cannot be decided here: use Host, or Match with host, originalhost, user, "
                        + "localuser, final or all")
            }
            if holds == isNegated { fits = false }
        }
        return fits
    }

    private func subject(of criterion: String) -> String {
        switch criterion {
        case "host":
            // What HostName has made of it so far.
            let name = values["hostname"]?.arguments[0] ?? subject.original
            let tokens = ConfigurationTokens(texts: ["h": subject.original])
            // A token that is not known is refused where the name is used.
            return ((try? tokens.expand(name)) ?? name).lowercased()
        case "originalhost": return subject.original
        case "user": return subject.user ?? values["user"]?.arguments[0] ?? subject.localUser
        default: return subject.localUser
        }
    }
}
