import ArgumentParser
import Hayate
import HayateTLS

/// `hayate keys`: files with the keys of a pool.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make, show, check and rotate keys and certificates.",
        discussion: """
            A pool has one secret, which stays with its host. Whoever joins gets a key that
            is made from it and good for one role:

              daemon    runs the pool's tasks
              client    submits tasks and fetches results (nothing asks for it yet)
              monitor   looks and changes nothing (nothing asks for it yet)

            A pool without --pool-key makes a secret for itself, and hosts and daemons with
            the same home directory need nothing from here. For other machines:

              hayate keys make ~/pool.secret
              hayate map --pool-key ~/pool.secret --listen tls+tcp://node1:9001 ...
              hayate keys export --role daemon ~/pool.secret - |
                ssh node2 hayate daemon --key-file - tls+tcp://node1:9001

            For sites with certificates there are certificate and request; show, check and
            rotate know certificates too.

            A file with a key is refused unless only you can read it (chmod 600) and only
            you can replace it: it and all directories above it are yours or root's, others
            cannot write there, and it is no symbolic link.

            EXIT CODE
              0    done, or good
              1    check has found something because of which the file would be refused
              2    wrong usage, or a file that cannot be used
            """,
        subcommands: [
            KeysMakeCommand.self, KeysExportCommand.self, KeysShowCommand.self, KeysCheckCommand.self,
            KeysRotateCommand.self, CertificateCommand.self, RequestCommand.self,
        ])
}

extension KeyRole: ExpressibleByArgument {}

extension CommandLineError.Code {
    /// A file with a key is refused, or cannot be written.
    static let keys = CommandLineError.Code(description: "keys")
}

extension CommandLineError {
    /// Its sentence has the remedy already.
    init(_ error: KeyFileError) {
        self.init(code: .keys, message: error.message, hint: "")
    }

    static let keyOnTerminal = CommandLineError(
        code: .keys, message: "standard output is a terminal, and a key is not to be seen",
        hint: "give a path, or redirect the output")
}

/// What the commands on keys have in common.
enum KeysSupport {
    /// Runs the body; what is wrong with a key file becomes an error of the command line.
    static func reporting<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as KeyFileError {
            throw CommandLineError(error)
        }
    }

    static func say(_ line: String) {
        let environment = ProgramEnvironment.current
        environment.write(line + "\n", to: environment.output)
    }

    /// What a file is, for example "a daemon key".
    static func kind(of file: KeyFile) -> String {
        switch file.content {
        case .secrets: "the secret of a pool"
        case .keys: "a " + file.roles.map(\.rawValue).joined(separator: " and a ") + " key"
        }
    }
}
