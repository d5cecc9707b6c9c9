import ArgumentParser
import Glibc
import Hayate
import HayateTLS

/// `hayate keys rotate`: a new secret for a pool that goes on.
struct KeysRotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Give a pool a new secret; the old ones stay good.",
        discussion: """
            Keys that are exported afterwards come from the new secret. Once everybody has
            them, --forget-old ends the old ones:

              hayate keys rotate ~/pool.secret
              hayate keys export --role daemon ~/pool.secret ~/new-daemon.key
              hayate keys rotate --forget-old ~/pool.secret

            If somebody has seen the secret, do both at once, one after the other.

            A certificate that signed itself is replaced at once, with its key beside it
            (PREFIX.crt and PREFIX.key), by another for the same names.
            """)

    @Flag(help: "Make no new secret, but delete all except the current one.")
    var forgetOld = false

    @Argument(help: "The file with the pool's secret.")
    var path: String

    func run() throws {
        let report = SecretFile.examine(path)
        if let bytes = report.bytes, KeyFile.isPEM(bytes) { return try rotateCertificate(bytes) }
        try KeysSupport.reporting {
            let before = try KeyFile.read(path).requiredSecrets()
            let word = HumanText.shellWord(path)
            if forgetOld {
                guard before.count > 1 else { return KeysSupport.say("\(word): there is no old secret") }
                try KeyFile(secrets: Array(before.prefix(1))).write(to: path, replacing: true)
                let ids = before.dropFirst().map(\.id).joined(separator: ", ")
                return KeysSupport.say("\(word): forgotten: \(ids)")
            }
            guard before.count < KeyFile.maximumKeys else {
                throw CommandLineError(
                    code: .keys, message: "\(word) holds \(before.count) secrets, which is as many as it may",
                    hint: "delete the old ones with hayate keys rotate --forget-old \(word)")
            }
            let file = KeyFile(secrets: [PoolSecret()] + before)
            try file.write(to: path, replacing: true)
            KeysSupport.say(
                "\(word): the new secret is \(file.id); those before it stay good until "
                    + "hayate keys rotate --forget-old \(word)")
        }
    }

    private func rotateCertificate(_ bytes: SecretBytes) throws {
        let word = HumanText.shellWord(path)
        guard path.hasSuffix(".crt"), CertificateReport.kind(pem: bytes) == .certificate else {
            throw CommandLineError(
                code: .keys, message: "\(word) is no certificate with its key beside it",
                hint: "give the .crt file that hayate keys certificate has made, or make a new pair with it")
        }
        guard !forgetOld else {
            throw CommandLineError(
                code: .keys, message: "\(word) is a certificate, of which there is never more than one",
                hint: "leave out --forget-old")
        }
        let made = try CertificateReport.rotated(pem: bytes)
        try KeysSupport.reporting {
            try CertificateFiles.passing {
                let key = String(path.dropLast(4)) + ".key"
                try SecretFile.write(try made.key.pem(), to: key, replacing: true)
                let text = SecretBytes(Array(made.chain.pem.utf8))
                try SecretFile.write(text, to: path, replacing: true)
                // Anybody may read a certificate.
                chmod(path, 0o644)
            }
        }
        KeysSupport.say("\(word): the new certificate, with its key beside it")
        for line in CertificateReport.lines(made.chain) { KeysSupport.say(line) }
    }
}
