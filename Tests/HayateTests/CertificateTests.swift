import Glibc
import Hayate
import HayateTLS
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Pools with certificates") struct CertificateTests {
        private static func listening() -> Daemons { .testListening(at: "tls+tcp://127.0.0.1:0") }

        @Test("J: a certificate in a text, whose key has a password")
        func textWithAPassword() async throws {
            let key = try PrivateKey.generate()
            let certificate = try CertificateTemplate(.server, names: [CertificateName("127.0.0.1")], days: 1)
                .selfSigned(with: key)
            let sealed = try key.pem(password: "test").withBytes { String(decoding: $0, as: UTF8.self) }
            let text = certificate.pem + sealed
            #expect(throws: TLSFailure.self) { try OwnCertificate(pem: text) }
            #expect(throws: TLSFailure.self) { try OwnCertificate(pem: text, password: { "tset" }) }
            let own = try OwnCertificate(pem: text, password: { "test" })
            try await withPool(Self.listening().certificate(.own(own), clients: .anybody)) { pool async throws in
                let command = try #require(try pool.launchCommands(1).first)
                #expect(command.contains("\(own.fingerprint)"))
                #expect(pool.daemonKeyFile == nil)
                try pool.launch()
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }

        @Test("A certificate that the pool makes for itself")
        func selfSigned() async throws {
            let daemons = Self.listening().certificate(.selfSigned, clients: .anybody)
            try await withPool(daemons) { pool async throws in
                #expect(pool.daemonOptions.first == "--fingerprint")
                try pool.launch()
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }

        @Test("Daemons show certificates too; a host that would let in anybody has to say so")
        func clientsAreKnown() async throws {
            let authorityKey = try PrivateKey.generate()
            let authority = try CertificateTemplate(.authority, names: [CertificateName("cluster")], days: 1)
                .selfSigned(with: authorityKey)
            let signer = try OwnCertificate(chain: authority, key: authorityKey)
            let key = try PrivateKey.generate()
            let certificate = try CertificateTemplate(.client, names: [CertificateName("daemon")], days: 1)
                .signed(by: signer, for: key)

            var template = Array("/tmp/hayate-test-XXXXXX".utf8CString)
            let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
            let file = directory + "/daemon.pem"
            defer {
                unlink(file)
                rmdir(directory)
            }
            let text = try key.pem().withBytes { certificate.pem + String(decoding: $0, as: UTF8.self) }
            let bytes = Array(text.utf8).withUnsafeBytes { SecretBytes($0) }
            try SecretFile.write(bytes, to: file, replacing: false)

            let daemons = Self.listening()
                .certificate(.selfSigned, clients: .trusted(.authorities(authority)))
                .with { $0.options.credentials.certificate = file }
            try await withPool(daemons) { pool async throws in
                try pool.launch()
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
            let undecided = daemons.with { $0.security.clients = nil }
            let error = await #expect(throws: HayateError.self) { try await withPool(undecided) { _ in } }
            #expect(error?.code == .invalidArgument)
        }
    }
}
