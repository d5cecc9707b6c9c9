import ArgumentParser
import Hayate
import HayateTLS

/// `hayate keys make`: a new pool's secret.
struct KeysMakeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make",
        abstract: "Make the secret of a new pool.",
        discussion: "Writes a file that only you can read. A file that is there is never overwritten.")

    @Argument(help: "The new file.")
    var path: String

    func run() throws {
        try KeysSupport.reporting {
            let file = KeyFile(secrets: [PoolSecret()])
            try file.write(to: path, replacing: false)
            KeysSupport.say("\(HumanText.shellWord(path)): the secret of a new pool, \(file.id)")
        }
    }
}
