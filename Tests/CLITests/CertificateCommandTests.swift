import Foundation
import Testing

import HayateTLS
@testable import HayateCLI

@Suite struct CertificateCommandTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("hayate-certificates-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory.path)
    }

    private func make(_ arguments: [String]) throws {
        let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { close(nowhere) }
        var environment = ProgramEnvironment()
        environment.output = nowhere
        try ProgramEnvironment.$current.withValue(environment) {
            let command = try CertificateCommand.parse(arguments)
            try command.run()
        }
    }

    @Test func anAuthoritySignsAHost() throws {
        try withDirectory { directory in
            try make(["--as-authority", "--name", "cluster", directory + "/authority"])
            try make([
                "--name", "node1", "--name", "10.0.0.1", "--days", "7", "--authority",
                directory + "/authority.crt", "--authority-key", directory + "/authority.key",
                directory + "/host",
            ])
            let text = try CertificateFiles.read(directory + "/host.crt")
            let own = try OwnCertificate(
                chain: try Certificates(pem: text),
                key: try PrivateKey(pem: CertificateFiles.read(directory + "/host.key")))
            let summary = try #require(own.chain.summaries.first)
            #expect(summary.issuer == "CN=cluster" && summary.names == ["node1", "10.0.0.1"])
            let mode = try FileManager.default.attributesOfItem(atPath: directory + "/host.key")[
                .posixPermissions]
            #expect(mode as? Int == 0o600)
            #expect(try CertificateReport.lines(pem: text).contains("  issuer       CN=cluster"))
            #expect(try CertificateReport.problems(pem: text, soon: 3) == [])
            #expect(try CertificateReport.problems(pem: text, soon: 30).first?.contains("expires in") == true)
            let later = Int(Date().timeIntervalSince1970) + 8 * 86_400
            #expect(
                try CertificateReport.problems(pem: text, now: later).first?.contains("expired on") == true)
            #expect(throws: CommandLineError.self) { try CertificateReport.rotated(pem: text) }
        }
    }

    @Test func nothingIsOverwritten() throws {
        try withDirectory { directory in
            try make(["--name", "node1", directory + "/host"])
            let before = try Data(contentsOf: URL(fileURLWithPath: directory + "/host.key"))
            #expect(throws: CommandLineError.self) { try make(["--name", "node1", directory + "/host"]) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: directory + "/host.key")) == before)
        }
    }

    @Test func rotationKeepsTheNames() throws {
        try withDirectory { directory in
            try make(["--name", "node1", "--name", "::1", "--days", "9", directory + "/host"])
            let text = try CertificateFiles.read(directory + "/host.crt")
            let old = try #require(try Certificates(pem: text).summaries.first)
            let new = try #require(try CertificateReport.rotated(pem: text).chain.summaries.first)
            #expect(
                new.names == old.names && new.subject == old.subject && new.fingerprint != old.fingerprint)
            #expect(new.notAfterSeconds - new.notBeforeSeconds == old.notAfterSeconds - old.notBeforeSeconds)
        }
    }

    @Test func aRequestHoldsTheNames() throws {
        try withDirectory { directory in
            let command = try RequestCommand.parse(["--name", "node1", directory + "/host"])
            var environment = ProgramEnvironment()
            environment.output = -1
            try ProgramEnvironment.$current.withValue(environment) { try command.run() }
            let text = try String(contentsOfFile: directory + "/host.csr", encoding: .utf8)
            #expect(text.hasPrefix("-----BEGIN CERTIFICATE REQUEST-----\n"))
            _ = try PrivateKey(pem: CertificateFiles.read(directory + "/host.key"))
        }
    }
}
