import CLibSSH
import Glibc
import HayateLaunch

/// What the files of known hosts say about one machine.
///
/// libssh reads keys and compares names that are hashed; lines with markers, names that are excluded, several files and
/// the number of a line are not known to it.
struct KnownHosts {
    struct Entry {
        var key: SSHKey
        var file: String
        var line: Int
    }

    /// Keys that it may have.
    private(set) var keys: [Entry] = []
    /// Keys that must not be taken from any machine of this name.
    private(set) var revoked: [Entry] = []
    /// Where it is trusted through a certificate, which libssh cannot check.
    private(set) var authorities: [(file: String, line: Int)] = []
    /// Under which name it is looked for and written down.
    let name: String

    init(_ destination: SSHDestination) throws(RemoteError) {
        name = Self.name(of: destination)
        for file in destination.knownHosts + destination.globalKnownHosts {
            guard let text = TextFile.text(of: file) else {
                if errno == ENOENT || errno == ENOTDIR { continue }
                // What the computer keeps to itself is no help, and no fault of the user's.
                if errno == EACCES, destination.globalKnownHosts.contains(file) { continue }
                throw RemoteError(
                    host: destination.named.description, .hostKey,
                    "\(file) cannot be read (\(String(cString: strerror(errno)))): let its owner read it")
            }
            read(text, file, name)
        }
        // A machine that is known by its name alone is the same at another port. Only for what fits: keys of other
        // ports say nothing against this one, unless they are revoked.
        guard destination.hostKeyAlias == nil, destination.port != 22 else { return }
        let plain = try KnownHosts(destination.with { $0.hostKeyAlias = $0.hostName })
        revoked += plain.revoked
        if keys.isEmpty { withoutPort = plain.keys }
    }

    /// Entries for the name without the port, where there are none with it.
    private var withoutPort: [Entry] = []

    /// Only this text, as of a file that was just read.
    init(_ text: String, file: String, name: String) {
        self.name = name
        read(text, file, name)
    }

    /// As it stands in the files: in small letters, and with its port if that is not the usual one.
    static func name(of destination: SSHDestination) -> String {
        if let alias = destination.hostKeyAlias { return alias.lowercased() }
        let host = destination.hostName.lowercased()
        return destination.port == 22 ? host : "[\(host)]:\(destination.port)"
    }

    /// The types of its known keys.
    var algorithms: Set<String> { Set((keys + withoutPort).map(\.key.type)) }

    func isKnown(_ key: SSHKey) -> Bool {
        (keys + withoutPort).contains { $0.key.isSamePublicKey(as: key) }
    }

    private mutating func read(_ text: String, _ file: String, _ name: String) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var rest = line.drop { $0 == " " || $0 == "\t" }
            guard let first = rest.first, first != "#" else { continue }
            var marker: Substring?
            if first == "@" {
                marker = rest.prefix { $0 != " " && $0 != "\t" }
                rest = rest.dropFirst(marker!.count).drop { $0 == " " || $0 == "\t" }
            }
            if rest.last == "\r" { rest.removeLast() }
            guard let key = Self.key(in: String(rest), of: name) else { continue }
            switch marker {
            case nil: keys.append(Entry(key: key, file: file, line: index + 1))
            case "@revoked": revoked.append(Entry(key: key, file: file, line: index + 1))
            case "@cert-authority": authorities.append((file, index + 1))
            // Whatever it means, it makes no key good.
            default: continue
            }
        }
    }

    /// The key of a line that is about this name.
    private static func key(in line: String, of name: String) -> SSHKey? {
        let words = line.split(maxSplits: 3) { $0 == " " || $0 == "\t" }
        guard words.count >= 3 else { return nil }
        if words[0].hasPrefix("|") {
            guard isHash(line, of: name) else { return nil }
        } else {
            // libssh leaves out that a pattern with ! excludes.
            guard NamePattern.matches(name, anyOf: words[0].lowercased().split(separator: ",")) else { return nil }
        }
        return SSHKey(type: words[1], base64: words[2])
    }

    private static func isHash(_ line: String, of name: String) -> Bool {
        var entry: UnsafeMutablePointer<ssh_knownhosts_entry>?
        guard ssh_known_hosts_parse_line(name, line, &entry) == SSH_OK, let entry else { return false }
        ssh_knownhosts_entry_free(entry)
        return true
    }
}

extension SSHDestination {
    /// A copy with something changed.
    func with(_ change: (inout SSHDestination) -> Void) -> SSHDestination {
        var copy = self
        change(&copy)
        return copy
    }
}
