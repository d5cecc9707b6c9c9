import CLibSSH
import HayateLaunch

/// Logging in, in OpenSSH's order: keys of the agent, keys of files, questions, password.
enum Authentication {
    /// On a session that is connected and whose host key was checked. Waits for people's answers.
    /// - Throws: `RemoteError` at `.authenticate`: what was tried, what the other side offers, and the remedy.
    static func logIn(
        _ session: ssh_session, _ destination: SSHDestination, _ ssh: SSH
    ) throws(RemoteError) {
        let wasBlocking = ssh_is_blocking(session)
        ssh_set_blocking(session, 0)
        defer { ssh_set_blocking(session, wasBlocking) }
        var login = Login(session, destination, ssh)
        defer { login.end() }
        try login.run()
    }
}

/// One try to log in, with what it has seen so far.
struct Login {
    enum Outcome { case done, partly, refused }

    let session: ssh_session
    let destination: SSHDestination
    let ssh: SSH
    /// What the other side offers now.
    var offered: Set<SSHMethod> = []
    /// Its own words for that, with methods that are not known here.
    var offeredNames: [String] = []
    /// What was tried, and why it did not help.
    var attempts: [String] = []
    var remedies: [String] = []
    /// Keys that need not be tried again, by fingerprint and type.
    var usedKeys: Set<String> = []
    var relay: AgentRelay?
    /// Whether one of several factors was enough already.
    var hasBegun = false
    /// What it says with its questions, until there is one to show it with.
    var notes: [String] = []
    /// How long the other side may still take, over all steps.
    var timeLeft: Duration
    /// What the other side says to everybody, until it was shown.
    private var greeting: String?

    init(_ session: ssh_session, _ destination: SSHDestination, _ ssh: SSH) {
        self.session = session
        self.destination = destination
        self.ssh = ssh
        timeLeft = ssh.connectTimeout
    }

    func end() { relay?.end() }

    mutating func run() throws(RemoteError) {
        // It answers with the methods that it offers, or lets us in.
        if try outcome({ [session] in ssh_userauth_none(session, nil) }) == .done { return }
        if let banner = ssh_get_issue_banner(session) {
            greeting = Asking.printable(String(cString: banner))
            ssh_string_free_char(banner)
        }
        var exhausted: Set<SSHMethod> = []
        // Every round is one of several factors.
        for _ in 0..<8 {
            readOffer()
            var isPartly = false
            for method in SSHMethod.allCases where !isPartly && isOpen(method) && !exhausted.contains(method) {
                switch try attempt(method) {
                case .done: return
                case .partly: isPartly = true
                case .refused: exhausted.insert(method)
                }
            }
            guard isPartly else { break }
            hasBegun = true
            exhausted = []
        }
        readOffer()
        throw failure()
    }

    private func isOpen(_ method: SSHMethod) -> Bool {
        offered.contains(method) && !destination.refusedMethods.contains(method)
    }

    private mutating func attempt(_ method: SSHMethod) throws(RemoteError) -> Outcome {
        switch method {
        case .publicKey: try tryKeys()
        case .keyboardInteractive: try answerQuestions()
        case .password: try givePassword()
        }
    }

    private mutating func readOffer() {
        let bits = UInt32(bitPattern: ssh_userauth_list(session, nil))
        let all: [(UInt32, SSHMethod?, String)] = [
            (UInt32(SSH_AUTH_METHOD_PUBLICKEY), .publicKey, "publickey"),
            (UInt32(SSH_AUTH_METHOD_INTERACTIVE), .keyboardInteractive, "keyboard-interactive"),
            (UInt32(SSH_AUTH_METHOD_PASSWORD), .password, "password"),
            (UInt32(SSH_AUTH_METHOD_HOSTBASED), nil, "hostbased"),
            (UInt32(SSH_AUTH_METHOD_GSSAPI_MIC), nil, "gssapi-with-mic"),
        ]
        let there = all.filter { bits & $0.0 != 0 }
        offered = Set(there.compactMap(\.1))
        offeredNames = there.map(\.2)
    }

    /// What the other side says to everybody stands before the first question.
    mutating func withGreeting(_ text: String) -> String {
        defer { greeting = nil }
        guard let greeting, !greeting.isEmpty else { return text }
        return greeting.hasSuffix("\n") ? greeting + text : greeting + "\n" + text
    }
}
