import Foundation
import Testing

@testable import HayateTLS

/// Older versions, weaker suites and no TLS at all, with `openssl` at the other end of a loopback socket.
@Suite(.serialized) struct S5Tests {
    private static let level = ":@SECLEVEL=0"
    /// What `openssl` is told to insist on.
    private static let downgrades: [(String, [String])] = [
        ("TLS 1.0", ["-tls1", "-cipher", "ALL" + level]),
        ("TLS 1.1", ["-tls1_1", "-cipher", "ALL" + level]),
        ("NULL suites", ["-tls1_2", "-cipher", "eNULL" + level]),
        ("CBC suites", ["-tls1_2", "-cipher", "ECDHE+AES+SHA1:ECDHE+AES+SHA256:!AESGCM" + level]),
        ("RSA key exchange", ["-tls1_2", "-cipher", "kRSA" + level]),
        ("anonymous suites", ["-tls1_2", "-cipher", "aNULL" + level]),
    ]

    private func withAuthority(
        _ body: (_ directory: URL, _ authority: OwnCertificate, _ server: OwnCertificate) throws -> Void
    ) throws {
        try OpenSSL.withDirectory { directory in
            let authority = try Certified.own(.authority, ["authority"])
            try Data(authority.chain.pem.utf8).write(to: directory.appendingPathComponent("ca.pem"))
            let server = try Certified.own(.server, ["localhost"], by: authority)
            try Certified.write(server, to: directory)
            try body(directory, authority, server)
        }
    }

    private func meetClient(
        _ server: TLSServer, _ arguments: [String], in directory: URL
    ) throws -> (end: SocketPump.End, status: Int32, text: String) {
        let (listening, port) = try SocketPump.listen()
        defer { close(listening) }
        let process = try OpenSSL.start(
            ["s_client", "-connect", "127.0.0.1:\(port)", "-quiet"] + arguments, in: directory)
        defer { process.stop() }
        process.say("hello\n")
        let end = SocketPump.run(server.engine(), at: try SocketPump.accept(listening), answer: "welcome\n")
        let said = process.end()
        return (end, said.status, said.text)
    }

    @Test("S5: openssl as a client is refused every downgrade, and served otherwise")
    func s5Clients() throws {
        try withAuthority { directory, authority, own in
            let key = PoolSecret().key(for: .daemon)
            let servers = [
                ("certificates", try TLSServer(.certificate(own, clients: nil))),
                ("keys", try TLSServer(.keys { [key] })),
            ]
            var refused = 0
            for (mode, server) in servers {
                for (name, arguments) in Self.downgrades {
                    let met = try meetClient(server, arguments, in: directory)
                    #expect(
                        met.end.failure != nil && !met.end.isEstablished && met.status != 0,
                        "\(mode), \(name)")
                    #expect(!met.text.contains("welcome"))
                    let isOld = name.hasPrefix("TLS")
                    #expect(
                        met.end.failure?.kind == (isOld ? .oldVersion : .noSharedSuite), "\(mode), \(name)")
                    if met.end.failure != nil { refused += 1 }
                }
                let newer = try meetClient(server, ["-tls1_3"], in: directory)
                // Its greeting is one of TLS 1.2, with suites that only TLS 1.3 has.
                #expect(newer.end.failure?.kind == .noSharedSuite)
            }
            let checked = ["-CAfile", "ca.pem", "-verify_return_error", "-verify_hostname", "localhost"]
            let served = try meetClient(servers[0].1, checked, in: directory)
            #expect(served.end.isEstablished && served.end.received == Array("hello\n".utf8))
            #expect(served.status == 0 && served.text.contains("welcome"), "\(served.text)")
            let keyless = try meetClient(servers[1].1, [], in: directory)
            #expect(keyless.end.failure?.kind == .noSharedSuite)
            report(
                "S5", "openssl s_client: TLS 1.0, 1.1, NULL, CBC, RSA exchange, anonymous",
                "\(refused) of \(2 * Self.downgrades.count) refused; with verification served")
        }
    }

    @Test("S5: openssl as a server is refused every downgrade, and taken otherwise")
    func s5Servers() throws {
        try withAuthority { directory, authority, _ in
            let client = try TLSClient(
                .certificate(trust: .authorities(authority.chain), own: nil), serverName: "localhost")
            let files = ["-cert", "chain.pem", "-key", "own.pem"]
            var refused = 0
            for (name, arguments) in Self.downgrades {
                let end = try SocketPump.meetServer(client, files + arguments, in: directory)
                #expect(end.failure != nil && !end.isEstablished, "\(name)")
                // An old version is the same to the server: our suites are all of TLS 1.2.
                #expect(end.failure?.kind == .noSharedSuite, "\(name)")
                if end.failure != nil { refused += 1 }
            }
            let taken = try SocketPump.meetServer(client, files, in: directory)
            #expect(
                taken.isEstablished && taken.received == Array("olleh\n".utf8),
                "\(String(describing: taken.failure))")
            report(
                "S5", "openssl s_server: the same",
                "\(refused) of \(Self.downgrades.count) refused; in order taken")
        }
    }

    @Test("S5: openssl shows a client certificate, or is refused")
    func s5ClientCertificates() throws {
        try withAuthority { directory, authority, own in
            let server = try TLSServer(.certificate(own, clients: .authorities(authority.chain)))
            let node = try Certified.own(.client, ["node3"], by: authority)
            try Certified.write(node, to: directory)
            let checked = ["-CAfile", "ca.pem", "-verify_return_error", "-verify_hostname", "localhost"]
            let met = try meetClient(
                server, checked + ["-cert", "chain.pem", "-key", "own.pem"], in: directory)
            #expect(met.status == 0 && met.text.contains("welcome"), "\(met.text)")
            guard case .certificate(let peer) = met.end.peer else {
                Issue.record("the server knows no client: \(String(describing: met.end.failure))")
                return
            }
            #expect(peer.fingerprint == node.fingerprint)
            let without = try meetClient(server, checked, in: directory)
            #expect(without.end.failure?.kind == .certificate(.missing) && without.status != 0)
        }
    }

    @Test("S5: plain text is no TLS, in either direction")
    func s5Plain() throws {
        try withAuthority { _, authority, own in
            let key = PoolSecret().key(for: .daemon)
            var refused = 0
            for server in [
                try TLSServer(.certificate(own, clients: nil)), try TLSServer(.keys { [key] }),
            ] {
                for words in ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n"] {
                    let (listening, port) = try SocketPump.listen()
                    defer { close(listening) }
                    let peer = try SocketPump.dial(port)
                    _ = send(peer, words, words.utf8.count, Int32(MSG_NOSIGNAL))
                    let end = SocketPump.run(server.engine(), at: try SocketPump.accept(listening))
                    close(peer)
                    #expect(end.failure?.kind == .notTLS, "\(String(describing: end.failure))")
                    if end.failure != nil { refused += 1 }
                }
            }
            for client in [
                try TLSClient(
                    .certificate(trust: .authorities(authority.chain), own: nil), serverName: "localhost"),
                try TLSClient(.key(key), serverName: "localhost"),
            ] {
                let (listening, port) = try SocketPump.listen()
                defer { close(listening) }
                let socket = try SocketPump.dial(port)
                let peer = try SocketPump.accept(listening)
                let words = "220 welcome to a plain server\r\n"
                _ = send(peer, words, words.utf8.count, Int32(MSG_NOSIGNAL))
                let end = SocketPump.run(client.engine(), at: socket)
                close(peer)
                #expect(end.failure?.kind == .notTLS, "\(String(describing: end.failure))")
                if end.failure != nil { refused += 1 }
            }
            report("S5", "plain text to TLS and TLS to plain text", "\(refused) of 6 refused")
        }
    }
}
