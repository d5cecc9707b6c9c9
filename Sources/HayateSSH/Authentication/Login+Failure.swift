import CLibSSH
import HayateLaunch

extension Login {
    private func error(_ reason: String, isTransient: Bool = false) -> RemoteError {
        RemoteError(host: destination.named.description, .authenticate, reason, isTransient: isTransient)
    }

    private var tried: String { attempts.isEmpty ? "nothing could be tried" : "tried \(Self.list(attempts))" }

    /// Nothing more can be tried.
    func failure() -> RemoteError {
        let offer = offeredNames.isEmpty ? "offers nothing that is known here" : "offers \(Self.list(offeredNames))"
        let asks = offered.contains(.password) || offered.contains(.keyboardInteractive)
        var remedy = remedies
        if ssh.ask == nil, asks { remedy.append("run it where questions can be answered") }
        if remedy.isEmpty, offered.contains(.publicKey) {
            remedy.append(
                "name the right key (IdentityFile, or an agent), or have its public key put into "
                    + "~/.ssh/authorized_keys there")
        }
        if remedy.isEmpty, !asks { remedy.append("ask who runs the machine for another way") }
        if remedy.isEmpty { remedy.append("look whether user and answers are right") }
        return error("\(destination.user) was not let in; \(tried); the machine \(offer): \(Self.list(remedy, "or"))")
    }

    /// The connection has ended on the way.
    func broken() -> RemoteError {
        let text = String(cString: ssh_get_error(UnsafeMutableRawPointer(session)))
        if text.contains("Too many authentication failures") {
            return error(
                "the machine has had enough of wrong keys for \(destination.user); \(tried): name the right one "
                    + "(IdentityFile with IdentitiesOnly yes)")
        }
        return error("\(Asking.printable(text)) while \(destination.user) was logging in; \(tried)", isTransient: true)
    }

    func tooSlow() -> RemoteError {
        let seconds = ssh.connectTimeout.components.seconds
        return error(
            "the machine has not answered within \(seconds) s while \(destination.user) was logging in; \(tried): try "
                + "again, or allow more time", isTransient: true)
    }

    func unanswered() -> RemoteError {
        error("a question for \(destination.user) was not answered; \(tried): try again and answer it")
    }

    private static func list(_ items: [String], _ word: String = "and") -> String {
        guard items.count > 1, let last = items.last else { return items.first ?? "" }
        return items.dropLast().joined(separator: ", ") + " \(word) " + last
    }
}
