import Glibc
import HayateCluster
import HayateLaunch
import Testing

@testable import HayateSSH

/// The same files read by `ssh -G`, which prints what it has understood.
@Suite("Configuration as OpenSSH reads it", .enabled(if: access("/usr/bin/ssh", X_OK) == 0, "ssh is here"))
struct OpenSSHTests {
    private let files: ScratchDirectory

    init() throws { files = try ScratchDirectory() }

    /// The settings that both know, by keyword.
    private func bySSH(_ host: String, _ user: String?) async throws -> [String: [String]]? {
        var line = CommandLine(["/usr/bin/ssh", "-G", "-F", files("config")] + (user.map { ["-l", $0] } ?? []) + [host])
        line.timeLimit = .seconds(20)
        let answer = await CommandRunner.run(line)
        guard answer.succeeded else { return nil }
        var found: [String: [String]] = [:]
        for line in answer.output.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            found[words[0], default: []].append(words.count > 1 ? words[1] : "")
        }
        return found
    }

    private func compare(_ text: String, _ host: String, _ user: String?) async throws {
        try files.write("config", text)
        var ssh = SSH()
        ssh.configFile = files("config")
        let name = RemoteHost(user: user, host: host)
        let own = Result { () throws(RemoteError) in try SSHDestination(name, ssh) }
        guard let theirs = try await bySSH(host, user) else {
            if case .success = own { Issue.record("ssh refuses what is taken here:\n\(text)") }
            return
        }
        let found: SSHDestination
        switch own {
        case .success(let destination): found = destination
        case .failure(let error):
            Issue.record("\(error), and ssh takes it:\n\(text)")
            return
        }
        #expect(theirs["hostname"] == [found.hostName], "\(text)")
        #expect(theirs["port"] == [String(found.port)], "\(text)")
        #expect(theirs["user"] == [found.user], "\(text)")
        #expect(theirs["identitiesonly"] == [found.identitiesOnly ? "yes" : "no"], "\(text)")
        #expect(theirs["hostkeyalias"]?.first == found.hostKeyAlias, "\(text)")
        #expect(theirs["certificatefile"] ?? [] == found.certificates, "\(text)")
        if text.contains("IdentityFile") {
            let identities = (theirs["identityfile"] ?? []).filter { $0.hasPrefix("/k/") }
            #expect(identities == found.identities.filter { $0.hasPrefix("/k/") }, "\(text)")
        }
        #expect((theirs["proxyjump"]?.first ?? "") == found.jumps.map(\.description).joined(separator: ","), "\(text)")
        #expect(theirs["proxycommand"]?.first == found.proxyCommand, "\(text)")
        if text.contains("UserKnownHostsFile") {
            let known = theirs["userknownhostsfile"]?.first.map { $0.hasPrefix("/k/") } == true
            if known { #expect(theirs["userknownhostsfile"] == [found.knownHosts.joined(separator: " ")], "\(text)") }
        }
    }

    @Test("files of all shapes mean the same", arguments: 1...40) func same(_ seed: UInt64) async throws {
        var state = seed &* 0x9e37_79b9_7f4a_7c15
        func pick<Element>(_ choices: [Element]) -> Element {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return choices[Int((state >> 11) % UInt64(choices.count))]
        }
        let patterns = ["far", "f*", "?ar", "other", "*", "!far", "!other *", "far other", "\"far\"", "!f?r o*"]
        let lists = ["far", "real*", "*", "!far,*", "other,far", "real.site", "!real.site,*"]
        try files.write("included", "Host far\n HostKeyAlias included\nHost *\n Port 77\n")
        var text = ""
        for _ in 0..<pick([2, 4, 8, 16]) {
            switch pick(Array(0..<16)) {
            case 0, 1: text += "Host \(pick(patterns))\n"
            case 2: text += "Match \(pick(["host", "originalhost", "user", "localuser", "!host", "!user"])) \(pick(lists))\n"
            case 3: text += "Match \(pick(["all", "final all", "canonical", "final", "final host real*"]))\n"
            case 4: text += "\tHostName \(pick(["%h.site", "real.site", "10.0.0.1", "real-%h"]))\n"
            case 5: text += "  Port \(pick(["22", "2222", "=5"]))\n"
            case 6: text += "User\(pick([" me", "=you", " = \"far\"", "\tfar # comment"]))\n"
            case 7: text += "IdentityFile /k/\(pick(["a", "b", "c"]))\n"
            case 8: text += "CertificateFile /k/\(pick(["a", "b"]))-cert\n"
            case 9: text += "identitiesonly \(pick(["yes", "no"]))\n"
            case 10: text += "HostKeyAlias \(pick(["x", "y"]))\n"
            case 11: text += "ProxyJump \(pick(["a", "me@a:2222", "a,b@c,d:99", "none"]))\n"
            case 12: text += "ProxyCommand \(pick(["nc proxy 22", "none", "nc \"a b\" # 1"]))\n"
            case 13: text += "UserKnownHostsFile \(pick(["/k/1", "/k/1 /k/2", "\"/k/1\" /k/3"]))\n"
            case 14: text += "Include \(files("included"))\n"
            default: text += pick(["\n", "# text\n", "   \n", "Compression yes\n", "ServerAliveInterval 5\n"])
            }
        }
        for (host, user) in [("far", nil), ("other", "far"), ("real", "me")] { try await compare(text, host, user) }
    }
}
