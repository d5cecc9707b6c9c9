import Glibc
import Hayate
import HayateTestTasks
import Testing

@testable import HayateTLS

/// Certificates of one authority, and of another one that nobody knows, in files.
private struct Certified {
    let files: TemporaryDirectory
    /// Seconds for which the certificate "short" is good.
    static let life = 5
    private let authority: OwnCertificate
    private let stranger: OwnCertificate

    init() throws {
        files = try TemporaryDirectory()
        authority = try Self.make(.authority, "An authority")
        stranger = try Self.make(.authority, "A stranger")
        try write(authority, "authority")
        try write(stranger, "stranger")
        try write(Self.make(.server, "127.0.0.1", by: authority), "server")
        try write(Self.make(.server, "127.0.0.1", by: authority, beginningIn: -40 * 86_400), "expired")
        // Over while its host runs.
        try write(
            Self.make(.server, "127.0.0.1", by: authority, beginningIn: -30 * 86_400 + Self.life), "short")
        try write(Self.make(.server, "elsewhere.example", by: authority), "elsewhere")
        try write(Self.make(.client, "daemon", by: authority), "client")
        try write(Self.make(.client, "daemon", by: stranger), "unknown")
    }

    static func make(
        _ purpose: CertificateTemplate.Purpose, _ name: String, by authority: OwnCertificate? = nil,
        beginningIn offset: Int = 0
    ) throws -> OwnCertificate {
        var template = CertificateTemplate(
            purpose, names: purpose == .authority ? [] : [try CertificateName(name)], days: 30,
            commonName: name)
        template.madeAt = Moment.now.later(by: offset)
        let key = try PrivateKey.generate()
        let chain =
            try authority.map { try template.signed(by: $0, for: key) } ?? template.selfSigned(with: key)
        return OwnCertificate(unchecked: chain, key)
    }

    private func write(_ own: OwnCertificate, _ name: String) throws {
        try SignalFile.write(files("\(name).pem"), own.chain.pem)
        try SecretFile.write(own.key.pem(), to: files("\(name).key"), replacing: false)
    }

    func certificate(_ name: String) -> [String] {
        ["--certificate", files("\(name).pem"), "--certificate-key", files("\(name).key")]
    }
}

/// A daemon and a host that do not go together.
private struct Mismatch: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var server = "server"
    var authority: String? = "authority"
    var client: String? = "client"
    var fingerprint: String?
    /// In what the daemon says, and in the host's log.
    var daemonSays: String
    var hostSays: String
}

private let mismatches = [
    Mismatch(
        testDescription: "no client certificate", client: nil,
        daemonSays: "wants a certificate of this side", hostSays: "certificate is missing"),
    Mismatch(
        testDescription: "a client certificate of a stranger", client: "unknown",
        daemonSays: "does not know the authority that signed it",
        hostSays: "not signed by an authority that is trusted"),
    Mismatch(
        testDescription: "a certificate of the host that expires while it runs", server: "short",
        daemonSays: "the host's certificate expired on", hostSays: "it is over or not yet valid"),
    Mismatch(
        testDescription: "a host of another name", server: "elsewhere",
        daemonSays: "is for elsewhere.example and not for 127.0.0.1",
        hostSays: "not for the name that was dialled"),
    Mismatch(
        testDescription: "an authority that has not signed it", authority: "stranger",
        daemonSays: "not signed by an authority that is trusted here", hostSays: "does not know the authority"
    ),
    Mismatch(
        testDescription: "another fingerprint", authority: nil,
        fingerprint: "SHA256:" + String(repeating: "0", count: 64),
        daemonSays: "and not one that was given", hostSays: "its fingerprint is none of those"),
]

extension RealProcesses {
    @Suite("Pools with certificates") struct CertificatePoolTests {
        @Test("A host with a certificate of its own making: daemons know it by its fingerprint")
        func selfSigned() async throws {
            let daemons = Daemons.test(1).with { $0.url = "tls+tcp://127.0.0.1:0" }
                .certificate(.selfSigned, clients: .anybody)
            try await withPool(daemons) { pool async throws in
                try await pool.ready(1, timeout: .seconds(30))
                #expect(pool.daemonKeyFile == nil)
                #expect(pool.daemonOptions.first == "--fingerprint")
                let guest = try Child.daemon(pool.url, pool.daemonOptions)
                try await pool.ready(2, timeout: .seconds(30))
                #expect(try await pool.map((0..<20).map { Add($0, 1) }).collect() == Array(1...20))
                // With a key it is at the wrong door.
                let files = try TemporaryDirectory()
                try KeyFile(keys: [PoolSecret().key(for: .daemon)]).write(to: files("key"), replacing: false)
                let lost = try Child.daemon(pool.url, ["--key-file", files("key")])
                try await lost.isOver()
                #expect(lost.exit == .exited(code: 1))
                #expect(lost.lines.last?.contains("does not use keys") == true, "\(lost.lines)")
                #expect(pool.status.counts.joined == 2)
                await pool.close()
                try await guest.isOver()
                #expect(guest.exit == .exited(code: 0))
            }
        }

        @Test("Own certificates from files: each side trusts an authority", arguments: ["tls+tcp", "wss"])
        func fromFiles(scheme: String) async throws {
            let made = try Certified()
            let own = try CertificateFile.own(
                certificate: made.files("server.pem"), key: made.files("server.key"))
            let daemons = Daemons.test(1).with { daemons in
                daemons.url = "\(scheme)://127.0.0.1:0"
                daemons.options.credentials.authority = made.files("authority.pem")
                daemons.options.credentials.certificate = made.files("client.pem")
                daemons.options.credentials.certificateKey = made.files("client.key")
            }.certificate(
                .own(own), clients: .trusted(try CertificateFile.trust(made.files("authority.pem"))))
            try await withPool(daemons) { pool async throws in
                try await pool.ready(1, timeout: .seconds(30))
                let guest = try Child.daemon(pool.url, pool.daemonOptions)
                try await pool.ready(2, timeout: .seconds(30))
                #expect(try await pool.mirai(SumOfChildren(20)).value == 210)
                await pool.close()
                try await guest.isOver()
                #expect(guest.exit == .exited(code: 0), "\(guest.lines)")
            }
        }

        @Test("What does not go together is said on both sides", arguments: mismatches)
        fileprivate func mismatch(_ what: Mismatch) async throws {
            let made = try Certified()
            let host = try Child(
                Program.hayate,
                [
                    "map", "-n", "0", "--listen", "tls+tcp://127.0.0.1:0", "--client-ca",
                    made.files("authority.pem"),
                ]
                    + made.certificate(what.server) + ["echo", "{}", ":::", "done"])
            let start = "hayate: listening at "
            try await eventually("it listens") {
                host.lines.contains { $0.hasPrefix(start) } || host.exit != nil
            }
            let line = try #require(host.lines.first { $0.hasPrefix(start) }, "\(host.lines)")
            if what.server == "short" {
                let end = ContinuousClock.now + .seconds(Certified.life + 1)
                try await eventually("it is over") { ContinuousClock.now > end }
            }
            let url = String(line.dropFirst(start.count).prefix { $0 != ";" })
            var options: [String] = []
            if let authority = what.authority { options += ["--ca", made.files("\(authority).pem")] }
            if let fingerprint = what.fingerprint { options += ["--fingerprint", fingerprint] }
            if let client = what.client { options += made.certificate(client) }
            let daemon = try Child(Program.hayate, ["daemon"] + options + [url])
            try await daemon.isOver()
            #expect(daemon.exit == .exited(code: 1))
            #expect(daemon.lines.last?.contains(what.daemonSays) == true, "\(daemon.lines)")
            try await eventually("the host says it") { host.lines.contains { $0.contains("was refused") } }
            #expect(host.lines.contains { $0.contains(what.hostSays) }, "\(host.lines)")
            #expect(host.exit == nil)
        }

        @Test("A host with an expired certificate does not start, and says so")
        func expired() async throws {
            let made = try Certified()
            let host = try Child(
                Program.hayate,
                ["map", "-n", "0", "--listen", "tls+tcp://127.0.0.1:0", "--client-ca", "anybody"]
                    + made.certificate("expired") + ["echo", "{}", ":::", "done"])
            try await host.isOver()
            #expect(host.exit != .exited(code: 0))
            #expect(host.lines.last?.contains("it expired on") == true, "\(host.lines)")
        }
    }
}
