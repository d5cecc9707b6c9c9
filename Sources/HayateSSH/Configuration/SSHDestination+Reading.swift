import Glibc
import HayateLaunch

extension SSHDestination {
    /// One machine, with the `jumps` of its own lines: not yet those that these need.
    init(_ host: RemoteHost, _ ssh: SSH) throws(RemoteError) {
        guard let me = HomeDirectory.entry() else {
            throw RemoteError(
                host: host.description, .configuration,
                "this process's user has no name and no home directory: they must be in the list of users")
        }
        let files = ConfigurationFiles(home: me.home)
        do throws(SSHConfiguration.Failure) {
            let subject = SSHConfiguration.Subject(original: host.host, user: host.user, localUser: me.name)
            let configuration = try SSHConfiguration(subject, files.sources(ssh.configFile), files)
            try self.init(host, ssh, configuration, me)
            // What was said with the name is stronger than the files.
            if !host.jumps.isEmpty {
                jumps = host.jumps
                proxyCommand = nil
            }
            if let file = host.identity {
                let path = HomeDirectory.expand(file, home: me.home) ?? file
                identities.removeAll { $0 == path }
                identities.insert(path, at: 0)
            }
        } catch {
            throw RemoteError(host: host.description, .configuration, error.reason)
        }
    }

    private init(
        _ host: RemoteHost, _ ssh: SSH, _ configuration: SSHConfiguration, _ me: HomeDirectory.Entry
    ) throws(SSHConfiguration.Failure) {
        named = host
        hostName = host.host
        if let value = configuration["hostname"] {
            let tokens = ConfigurationTokens(texts: ["h": host.host])
            hostName = try value.name(tokens.expanded(value.first, value))
        }
        port = 22
        if let value = configuration["port"] {
            let isNumber = value.first.utf8.allSatisfy { (0x30...0x39).contains($0) }
            guard isNumber, let number = UInt16(value.first), number > 0 else {
                throw value.failure("the port is \(value.first): write a number from 1 to 65535")
            }
            port = number
        }
        if let said = host.port { port = said }
        user = me.name
        if let value = configuration["user"] { user = try value.user() }
        if let said = host.user { user = said }

        if let value = configuration["hostkeyalias"] { hostKeyAlias = try value.name(value.first) }
        let tokens = ConfigurationTokens(texts: [
            "h": hostName, "n": host.host, "p": String(port), "r": user, "d": me.home, "u": me.name,
            "i": String(getuid()), "k": hostKeyAlias ?? host.host,
        ].merging(ownNames()) { $1 })

        if let value = configuration["proxyjump"] { jumps = try value.jumps(tokens) }
        if let value = configuration["proxycommand"], value.first.lowercased() != "none" {
            proxyCommand = try tokens.expanded(value.first, value)
        }
        func paths(_ value: SSHConfiguration.Value) throws(SSHConfiguration.Failure) -> [String] {
            var paths: [String] = []
            for text in value.arguments where text.lowercased() != "none" {
                paths.append(try value.path(text, tokens, me.home))
            }
            return paths
        }
        func first(_ keyword: String) throws(SSHConfiguration.Failure) -> [String]? {
            guard let value = configuration[keyword] else { return nil }
            return try paths(value)
        }
        identities = ssh.identities.map { HomeDirectory.expand($0, home: me.home) ?? $0 }
        for value in configuration.lists["identityfile"] ?? [] { identities += try paths(value) }
        for value in configuration.lists["certificatefile"] ?? [] { certificates += try paths(value) }
        if configuration.lists["identityfile"] == nil {
            identities += ["rsa", "ecdsa", "ecdsa_sk", "ed25519", "ed25519_sk"].map { "\(me.home)/.ssh/id_\($0)" }
                .filter { access($0, F_OK) == 0 }
        }
        var seen: Set<String> = []
        identities = identities.filter { seen.insert($0).inserted }
        identitiesOnly = try configuration["identitiesonly"]?.isYes() ?? false
        agent = try agentSocket(configuration["identityagent"], tokens, me.home)

        func files(
            _ keyword: String, _ others: String
        ) throws(SSHConfiguration.Failure) -> [String] {
            if let named = try first(keyword) { return named }
            return [others, others + "2"]
        }
        knownHosts = try files("userknownhostsfile", "\(me.home)/.ssh/known_hosts")
        if let said = ssh.knownHostsFile { knownHosts = [HomeDirectory.expand(said, home: me.home) ?? said] }
        globalKnownHosts = try files("globalknownhostsfile", "/etc/ssh/ssh_known_hosts")
        hashesKnownHosts = try configuration["hashknownhosts"]?.isYes() ?? false
        revokedHostKeys = try first("revokedhostkeys")?.first

        for keyword in SSHDestination.algorithmKeywords {
            if let value = configuration[keyword] { algorithms[keyword] = value.first }
        }
        for (keyword, method) in SSHDestination.methodKeywords {
            if try configuration[keyword]?.isYes() == false { refusedMethods.insert(method) }
        }
        if let value = configuration["preferredauthentications"] {
            let preferred = value.first.split(separator: ",").map(String.init)
            refusedMethods.formUnion(SSHMethod.allCases.filter { !preferred.contains($0.rawValue) })
        }
    }

    static let algorithmKeywords = [
        "ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms",
    ]

    private static let methodKeywords: [String: SSHMethod] = [
        "pubkeyauthentication": .publicKey, "passwordauthentication": .password,
        "kbdinteractiveauthentication": .keyboardInteractive,
    ]
}

/// The names of this machine, for `%l` and `%L`.
private func ownNames() -> [Character: String] {
    var bytes = [UInt8](repeating: 0, count: 256)
    bytes.withUnsafeMutableBytes { buffer in
        _ = gethostname(buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count - 1)
    }
    let name = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    return ["l": name, "L": String(name.prefix { $0 != "." })]
}

/// The socket of the agent; nil: none.
private func agentSocket(
    _ value: SSHConfiguration.Value?, _ tokens: ConfigurationTokens, _ home: String
) throws(SSHConfiguration.Failure) -> String? {
    func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    guard let value, value.first != "SSH_AUTH_SOCK" else { return variable("SSH_AUTH_SOCK") }
    if value.first.lowercased() == "none" { return nil }
    if value.first.hasPrefix("$"), !value.first.hasPrefix("${") { return variable(String(value.first.dropFirst())) }
    return try value.path(value.first, tokens, home)
}
