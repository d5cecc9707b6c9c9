/// A file of a site with what is about the file and not about the site.
struct SiteDocument: Sendable {
    var schema: Int?
    var identity = SiteIdentity()
    /// All but its identity.
    var site = SiteProfile(id: "")
    /// Settings that stronger layers may only tighten.
    var locked: [String] = []

    /// The site with its identity.
    var profile: SiteProfile {
        var profile = site
        profile.id = identity.id ?? ""
        profile.title = identity.title
        profile.contact = identity.contact
        profile.url = identity.url
        profile.documentation = identity.documentation
        return profile
    }
}

struct SiteIdentity: Sendable {
    var id: String?
    var title: String?
    var contact: String?
    var url: String?
    var documentation: String?
}

extension KeyTable where Root == SiteDocument {
    /// Everything that a file may say.
    static let document = KeyTable(
        SiteDocument(),
        [
            Key("schema", \.schema, .whole(1, to: 1), "The version of this format: 1."),
            Key("site", \.identity, .object(.identity), "What the site is called."),
            Key(
                "detect", \.site.detection, .list(of: .detectionRule),
                "How the site is recognised; the first rule that fits is enough."),
            Key("clusters", \.site.clusters, .map(of: .object(.cluster)), "Its clusters by name."),
            Key("runtime", \.site.runtime, .object(.runtime), "How daemons run on its machines."),
            Key("network", \.site.network, .object(.network), "How daemons reach the host."),
            Key(
                "profiles", \.site.profiles, .map(of: .object(.profile)),
                "Sets of wishes by name; default is meant where none is named."),
            Key(
                "locked", \.locked, .list(of: .text),
                "Settings that users may only tighten, in the administrator's files."),
        ])
}

extension KeyTable where Root == SiteIdentity {
    static let identity = KeyTable(
        SiteIdentity(),
        [
            Key(
                "id", \.id, .identifier,
                "Its short name, as in --site narval; files with the same one are about the same site."),
            Key("title", \.title, .text, "Its name for people."),
            Key("contact", \.contact, .text, "Whom to ask."),
            Key("url", \.url, .text, "Its page."),
            Key("docs", \.documentation, .text, "The page with what this file says."),
        ])
}

private struct DetectionDraft: Sendable {
    var hostName: String?
    var environment: [String: String]?
    var command: Command?

    struct Command: Sendable {
        var run: [String] = []
        var match: String?
    }
}

extension SettingKind where Value == DetectionRule {
    static var detectionRule: SettingKind {
        let command = KeyTable(
            DetectionDraft.Command(),
            [
                Key("run", \.run, .list(of: .text), "The command and its arguments; it may take 5 s."),
                Key("match", \.match, .regularExpression, "A line that it prints has this in it."),
            ])
        let table = KeyTable(
            DetectionDraft(),
            [
                Key("hostname", \.hostName, .regularExpression, "The machine's full name has this in it."),
                Key("env", \.environment, .map(of: .text), "A variable and the value that it has; * is any value."),
                Key("command", \.command, .object(command), "What a command prints."),
            ])
        return SettingKind<DetectionDraft>.object(table).made { (draft) throws(Complaint) in
            switch (draft.hostName, draft.environment, draft.command) {
            case (let pattern?, nil, nil): return .hostName(pattern)
            case (nil, let variables?, nil):
                guard variables.count == 1, let (name, value) = variables.first else {
                    throw Complaint(
                        "must name one variable; write 'env: { CLUSTER: narval }', and a rule for each further one")
                }
                return .environment(name: name, value: value)
            case (nil, nil, let command?):
                guard !command.run.isEmpty, let match = command.match else {
                    throw Complaint("must say 'run' and 'match', as in { run: [lsid], match: farm22 }")
                }
                return .command(command.run, match: match)
            default: throw Complaint("must be one of hostname, env and command; make a rule of each")
            }
        }
    }
}

extension KeyTable where Root == RuntimeProfile {
    static let runtime = KeyTable(
        RuntimeProfile(),
        [
            Key("shell", \.shell, .text, "The program that reads the script."),
            Key("prologue", \.prologue, .lines, "Lines of shell before all others."),
            Key("epilogue", \.epilogue, .lines, "Lines of shell after the daemon, whatever its end."),
            Key("modules", \.modules, .list(of: .text), "Names for 'module load'."),
            Key("purgeModules", \.purgesModules, .truth, "Whether 'module purge' comes before."),
            Key("daemon", \.daemon, .text, "The daemon's program on those machines; without it the host's own."),
            Key("environment", \.environment, .map(of: .text), "Variables of the daemons."),
            Key(
                "sharedDirectory", \.sharedDirectory, .text,
                "A directory that all machines see, for logs; without it one in the home directory."),
            Key(
                "walltimeMargin", \.wallTimeMargin, .duration, locked: .higher,
                "How long before the job's limit its daemons take no new tasks."),
        ])
}

extension KeyTable where Root == NetworkProfile {
    static let network = KeyTable(
        NetworkProfile(),
        [
            Key("dialBack", \.dialBack, .dialBack, "Which address of the host daemons dial.").whole,
            Key("ports", \.ports, .ports, locked: .within, "The ports at which the host may listen; without it any."),
            Key(
                "protocol", \.scheme, .choice(["tls+tcp", "wss", "tcp"]),
                "What they speak; tcp, which protects by keys alone, only where every cluster is local."),
        ])
}

private struct DialBackDraft: Sendable {
    var route: String?
    var interface: String?
    var network: String?
    var host: String?
}

extension SettingKind where Value == NetworkProfile.DialBack {
    static var dialBack: SettingKind {
        let table = KeyTable(
            DialBackDraft(),
            [
                Key("route", \.route, .choice(["auto"]), "The address of the way to the cluster's machines."),
                Key("interface", \.interface, .text, "The address of this interface, such as ib0."),
                Key("cidr", \.network, .network, "The address within this network, such as 10.0.0.0/8."),
                Key("host", \.host, .text, "This name or address."),
            ])
        let text: @Sendable (NetworkProfile.DialBack) -> String? = { $0 == .route ? "{ route: auto }" : nil }
        return SettingKind<DialBackDraft>.object(table).made(text: text) { (draft) throws(Complaint) in
            switch (draft.route, draft.interface, draft.network, draft.host) {
            case (_?, nil, nil, nil): return .route
            case (nil, let name?, nil, nil): return .interface(name)
            case (nil, nil, let network?, nil): return .network(network)
            case (nil, nil, nil, let host?): return .host(host)
            default:
                throw Complaint("must be one of route, interface, cidr and host")
            }
        }
    }
}
