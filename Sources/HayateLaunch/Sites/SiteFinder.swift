import Glibc
import HayateCluster

/// Finds the site where a program runs, and its settings from all layers.
public struct SiteFinder: Sendable {
    /// Of this process.
    public var variables: [String: String]
    /// Where the program was started.
    public var directory: String
    /// Where the machine's administrator writes.
    public var administratorDirectory = "/etc/hayate/site-config"
    /// The names of this machine.
    public var hostNames: [String]
    public var run: @Sendable (CommandLine) -> CommandAnswer = { CommandRunner.runBlocking($0) }

    /// For this process.
    public init() {
        variables = CommandEnvironment.current()
        let path = getcwd(nil, 0)
        directory = path.map { String(cString: $0) } ?? "/"
        free(path)
        hostNames = Self.hostNames()
    }

    public init(variables: [String: String], directory: String, hostNames: [String]) {
        self.variables = variables
        self.directory = directory
        self.hostNames = hostNames
    }

    /// All sites, and sentences about what was found and is not read.
    ///
    /// - Parameters:
    ///   - settings: of the command line, as `path=value`.
    ///   - files: further ones, such as those that somebody wants to have looked at; they are the strongest, and
    ///     what a layer says in the same file counts once.
    ///   - givenLayer: the layer that they shall be of; nil: that of their directory, else the project's.
    /// - Throws: for settings of the command line or of `HAYATE_SITE_SET` that are none.
    public func catalogue(
        settings: [String] = [], files: [String] = [], as givenLayer: SettingLayer? = nil
    ) throws(SettingFaults) -> (catalogue: SiteCatalogue, notes: [String]) {
        var overrides: [SettingOverride] = []
        do throws(ClusterError) {
            if let text = variables["HAYATE_SITE_SET"] {
                overrides += try SettingOverride.list(text, SettingOrigin(.environment, "HAYATE_SITE_SET"))
            }
            for text in settings {
                overrides.append(try SettingOverride(text, SettingOrigin(.commandLine, "--set \(text)")))
            }
        } catch {
            throw SettingFaults([error])
        }
        let places = SiteDirectories(
            variables: variables, directory: directory, administrator: administratorDirectory, user: geteuid())
        var found = SiteCatalogue.builtIn
        var refused: [(String, ClusterError)] = []
        let wanted = Set(files.map(Self.identity))
        func take(_ layer: SettingLayer, _ path: String, _ outcome: SiteFile.Outcome) {
            switch outcome {
            case .text(let text): found.append(SiteCatalogue.File(layer, path, text: text))
            case .refused(let fault): refused.append((path, fault))
            }
        }
        for place in places.directories {
            for (path, outcome) in SiteFile.read(place.path, user: geteuid())
            where !wanted.contains(Self.identity(path)) {
                take(place.layer, path, outcome)
            }
        }
        for path in files {
            let layer = places.directories.last { Self.identity($0.path) == Self.identity(Self.parent(path)) }?.layer
            // A copy of what the program brings along is checked by itself.
            found.removeAll { $0.layer == .builtIn && ("/" + Self.absolute(path, directory)).hasSuffix("/" + $0.path) }
            take(givenLayer ?? layer ?? .project, path, SiteFile.read(file: path))
        }
        var catalogue = SiteCatalogue(found, overrides: overrides)
        for (path, fault) in refused { catalogue.refuse(path, fault) }
        return (catalogue, places.notes)
    }

    /// The site that is named, else that of `HAYATE_SITE`, else the first that this machine fits, else this machine.
    ///
    /// The strongest layer comes first, and within a layer the names' order. Names and variables are looked at
    /// before any command is run.
    /// - Throws: everything that is wrong with that site.
    public func find(_ name: String?, in catalogue: SiteCatalogue) throws(SettingFaults) -> FoundSite {
        if let name { return FoundSite(try catalogue.settings(of: name), reason: "named") }
        if let name = variables["HAYATE_SITE"], !name.isEmpty {
            return FoundSite(try catalogue.settings(of: name), reason: "HAYATE_SITE")
        }
        if let (id, rule) = detect(in: catalogue) {
            return FoundSite(try catalogue.settings(of: id), reason: rule.words)
        }
        return FoundSite(try catalogue.settings(of: "local"), reason: "no other site fits this machine")
    }

    private func detect(in catalogue: SiteCatalogue) -> (String, DetectionRule)? {
        let sites = catalogue.entries.sorted { left, right in
            let layers = [left, right].map { $0.layers.map(\.origin.layer).max() ?? .builtIn }
            return layers[0] != layers[1] ? layers[0] > layers[1] : left.id < right.id
        }
        let rules = sites.flatMap { site in catalogue.detection(of: site.id).map { (site.id, $0) } }
        for (id, rule) in rules where rule.fits(hostNames: hostNames, variables: variables) == true {
            return (id, rule)
        }
        var answers: [CommandLine: CommandAnswer] = [:]
        for (id, rule) in rules {
            guard let line = rule.command else { continue }
            let answer: CommandAnswer
            if let known = answers[line] {
                answer = known
            } else {
                answer = run(line)
                answers[line] = answer
            }
            if rule.fits(answer) { return (id, rule) }
        }
        return nil
    }

    /// The short name, and the full one if there is another.
    private static func hostNames() -> [String] {
        var space = [CChar](repeating: 0, count: 256)
        guard gethostname(&space, space.count - 1) == 0 else { return [] }
        let name = String(decoding: space.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard !name.contains(".") else { return [name] }
        var hints = addrinfo()
        hints.ai_flags = AI_CANONNAME
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &found) == 0, let first = found else { return [name] }
        defer { freeaddrinfo(first) }
        guard let full = first.pointee.ai_canonname.map({ String(cString: $0) }), full != name else { return [name] }
        return [name, full]
    }

    private static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func absolute(_ path: String, _ directory: String) -> String {
        path.hasPrefix("/") ? path : directory + "/" + path
    }

    /// The path without links, or as it is where there is no file.
    private static func identity(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

/// A site and why it was taken.
public struct FoundSite: Sendable {
    public var settings: SiteSettings
    /// `named`, `HAYATE_SITE`, or the rule that fits.
    public var reason: String

    public init(_ settings: SiteSettings, reason: String) {
        self.settings = settings
        self.reason = reason
    }
}

extension DetectionRule {
    fileprivate var words: String {
        switch self {
        case .hostName(let pattern): "the machine's name fits '\(pattern)'"
        case .environment(let name, let value): "\(name) is \(value == "*" ? "set" : "'\(value)'")"
        case .command(let words, let match): "'\(words.joined(separator: " "))' prints '\(match)'"
        }
    }
}
