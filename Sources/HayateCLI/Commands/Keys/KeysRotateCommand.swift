import ArgumentParser
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
            """)

    @Flag(help: "Make no new secret, but delete all except the current one.")
    var forgetOld = false

    @Argument(help: "The file with the pool's secret.")
    var path: String

    func run() throws {
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
}
