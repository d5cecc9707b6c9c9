import CLibSSH
import HayateLaunch

extension Login {
    /// As often as OpenSSH asks (`NumberOfPasswordPrompts`).
    private static let tries = 3

    /// keyboard-interactive (RFC 4256): the other side asks as much as it likes, in as many rounds as it likes.
    mutating func answerQuestions() throws(RemoteError) -> Outcome {
        guard ssh.ask != nil else {
            attempts.append("its questions (nobody can be asked)")
            return .refused
        }
        var refused = false
        for _ in 0..<Self.tries {
            var code = try call { [session] in ssh_userauth_kbdint(session, nil, nil) }
            var hasAsked = false
            while code == SSH_AUTH_INFO.rawValue {
                if ssh_userauth_kbdint_getnprompts(session) > 0 { hasAsked = true }
                try answerRound(wasRefused: refused)
                code = try call { [session] in ssh_userauth_kbdint(session, nil, nil) }
            }
            switch try outcome(of: code) {
            case .done: return .done
            case .partly:
                attempts.append("its questions (answered, but not enough alone)")
                return .partly
            case .refused:
                refused = true
                // It has nothing to ask: the next time would be no better.
                if !hasAsked {
                    attempts.append("its questions (it asked none)")
                    return .refused
                }
            }
        }
        attempts.append("its questions (\(Self.tries) times the answers were not accepted)")
        return .refused
    }

    private mutating func answerRound(wasRefused: Bool) throws(RemoteError) {
        notes += [ssh_userauth_kbdint_getname(session), ssh_userauth_kbdint_getinstruction(session)]
            .compactMap { $0.map { Asking.printable(String(cString: $0)) } }.filter { !$0.isEmpty }
        for index in 0..<max(0, ssh_userauth_kbdint_getnprompts(session)) {
            var echo: CChar = 0
            guard let prompt = ssh_userauth_kbdint_getprompt(session, UInt32(index), &echo) else { throw broken() }
            var text = Asking.printable(String(cString: prompt))
            if index == 0 {
                text = (notes + [text]).joined(separator: "\n")
                notes = []
                if wasRefused { text = "That was not accepted.\n" + text }
            }
            let question = SSH.Question(
                .challenge, host: destination.named.description, text: withGreeting(text), isEchoed: echo != 0)
            guard let answer = Asking.ask(question, ssh) else { throw unanswered() }
            guard answer.withCString({ ssh_userauth_kbdint_setanswer(session, UInt32(index), $0) }) == 0 else {
                throw broken()
            }
        }
    }

    mutating func givePassword() throws(RemoteError) -> Outcome {
        guard ssh.ask != nil else {
            attempts.append("a password (nobody can be asked)")
            return .refused
        }
        for attempt in 0..<Self.tries {
            let text = (attempt > 0 ? "That was not accepted.\n" : "")
                + "Password of \(destination.user) at \(destination.named.host): "
            let question = SSH.Question(
                .password, host: destination.named.description, text: withGreeting(text), isEchoed: false)
            guard let answer = Asking.ask(question, ssh) else { throw unanswered() }
            switch try outcome({ [session] in answer.withCString { ssh_userauth_password(session, nil, $0) } }) {
            case .done: return .done
            case .partly:
                attempts.append("a password (accepted, but not enough alone)")
                return .partly
            case .refused: continue
            }
        }
        attempts.append("a password (\(Self.tries) times it was not accepted)")
        return .refused
    }
}
