import Synchronization

/// The passphrases of keys that were asked for, by the keys' files: each is asked for once in a process.
enum Passphrases {
    private static let kept = Mutex<[String: SecretText]>([:])

    /// Unlocks a key, by what is known or by asking up to three times.
    /// - Parameter unlock: nil if the passphrase is wrong.
    /// - Returns: nil if nobody knew the passphrase.
    static func unlock<Key>(
        _ file: String, _ destination: SSHDestination, _ ssh: SSH, _ unlock: (SecretText) -> Key?
    ) -> Key? {
        // Held while somebody is asked: whoever needs the same key meanwhile waits for the answer.
        kept.withLock { kept in
            if let passphrase = kept[file], let key = unlock(passphrase) { return key }
            kept[file] = nil
            for attempt in 0..<3 {
                let again = attempt > 0 ? "That was not it.\n" : ""
                let question = SSH.Question(
                    .passphrase(file: file), host: destination.named.description,
                    text: "\(again)Passphrase of the key \(file): ", isEchoed: false)
                guard let passphrase = Asking.ask(question, ssh) else { return nil }
                if let key = unlock(passphrase) {
                    kept[file] = passphrase
                    return key
                }
            }
            return nil
        }
    }
}
