import CLibSSH
import HayateLaunch

extension Login {
    /// Where a private key is.
    private enum Holder {
        case agent(Agent.Key)
        case file(PrivateKeyFile)
    }

    /// A key that may be good, with the certificates that are made for it.
    private struct Candidate {
        var holder: Holder
        /// nil: not known without the passphrase.
        var publicKey: SSHKey?
        var certificates: [SSHKey]

        var label: String {
            switch holder {
            case .agent(let key): "the key \(key.label)"
            case .file(let file): "the key \(file.path)"
            }
        }
    }

    /// In OpenSSH's order: those of the configuration that the agent holds, others of the agent, files.
    private mutating func candidates() -> [Candidate] {
        var held: [Agent.Key] = []
        if let path = destination.agent {
            if let keys = Agent(path: path).keys() { held = keys } else {
                attempts.append("the agent at \(path) (does not answer)")
            }
        }
        var fromAgent: [Candidate] = []
        var fromFiles: [Candidate] = []
        for path in destination.identities {
            let file = PrivateKeyFile(path: path)
            let publicKey = file.publicKey
            let certificates = publicKey.map {
                PrivateKeyFile.certificates(for: $0, beside: path, destination.certificates)
            } ?? []
            if let publicKey, let index = held.firstIndex(where: { $0.key.hasSamePublicKey(as: publicKey) }) {
                fromAgent.append(
                    Candidate(
                        holder: .agent(held.remove(at: index)), publicKey: publicKey, certificates: certificates))
                // The agent may hold its certificate besides.
                while let other = held.firstIndex(where: { $0.key.hasSamePublicKey(as: publicKey) }) {
                    let key = held.remove(at: other)
                    fromAgent.append(Candidate(holder: .agent(key), publicKey: key.key, certificates: []))
                }
            } else {
                fromFiles.append(
                    Candidate(holder: .file(file), publicKey: publicKey, certificates: certificates))
            }
        }
        for key in held {
            let certificates = PrivateKeyFile.certificates(for: key.key, beside: nil, destination.certificates)
            if destination.identitiesOnly, certificates.isEmpty { continue }
            fromAgent.append(Candidate(holder: .agent(key), publicKey: key.key, certificates: certificates))
        }
        return fromAgent + fromFiles
    }

    mutating func tryKeys() throws(RemoteError) -> Outcome {
        for candidate in candidates() {
            for certificate in candidate.certificates {
                switch try attempt(candidate, certificate) {
                case .refused: continue
                case let other: return other
                }
            }
            switch try attempt(candidate, nil) {
            case .refused: continue
            case let other: return other
            }
        }
        return .refused
    }

    private mutating func attempt(
        _ candidate: Candidate, _ certificate: SSHKey?
    ) throws(RemoteError) -> Outcome {
        let label = certificate == nil ? candidate.label : "the certificate of \(candidate.label.dropFirst(4))"
        // A key that was one of several factors is no second one.
        if let shown = certificate ?? candidate.publicKey {
            guard usedKeys.insert(shown.type + shown.fingerprint + label).inserted else { return .refused }
            // Asking first spares passphrases and the agent's confirmations.
            switch try outcome({ [session] in ssh_userauth_try_publickey(session, nil, shown.pointer) }) {
            case .refused:
                attempts.append("\(label) (not accepted there)")
                return .refused
            case .done, .partly: break
            }
        } else {
            guard usedKeys.insert(label).inserted else { return .refused }
        }
        switch candidate.holder {
        case .agent(let key): return try signByAgent(key, certificate, label)
        case .file(let file): return try sign(file, certificate, label)
        }
    }

    private mutating func signByAgent(
        _ key: Agent.Key, _ certificate: SSHKey?, _ label: String
    ) throws(RemoteError) -> Outcome {
        if relay == nil { relay = destination.agent.flatMap { Agent(path: $0).relay(for: session) } }
        guard let relay else {
            attempts.append("\(label) (the agent does not answer any more)")
            return .refused
        }
        var identity = key.identity
        if let blob = certificate?.blob { identity.blob = blob }
        relay.show(identity, held: key.identity.blob)
        let code = try call { [session] in ssh_userauth_agent(session, nil) }
        // The agent may refuse to sign: the connection holds then.
        if code == SSH_AUTH_ERROR.rawValue {
            attempts.append("\(label) (the agent did not sign)")
            return .refused
        }
        return try note(outcome(of: code), label)
    }

    private mutating func sign(
        _ file: PrivateKeyFile, _ certificate: SSHKey?, _ label: String
    ) throws(RemoteError) -> Outcome {
        let key: SSHKey
        do throws(PrivateKeyFile.Trouble) { key = try file.load(destination, ssh) } catch {
            attempts.append("\(label) (\(error.reason))")
            if let remedy = error.remedy { remedies.append(remedy) }
            return .refused
        }
        if let certificate, ssh_pki_copy_cert_to_privkey(certificate.pointer, key.pointer) != SSH_OK {
            attempts.append("\(label) (does not belong to the key)")
            return .refused
        }
        return try note(outcome({ [session] in ssh_userauth_publickey(session, nil, key.pointer) }), label)
    }

    private mutating func note(_ outcome: Outcome, _ label: String) -> Outcome {
        if outcome == .refused { attempts.append("\(label) (not accepted there)") }
        if outcome == .partly { attempts.append("\(label) (accepted, but not enough alone)") }
        return outcome
    }
}
