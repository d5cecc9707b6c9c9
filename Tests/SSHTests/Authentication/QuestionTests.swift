import Glibc
import HayateLaunch
import HayateSSH
import Testing

@Suite(
    "Logging in with answers", .enabled("OpenSSH can run here") { await SSHTestbed.isPossible() },
    .sshServers("password", "questions", "twofactor")
) struct QuestionTests {
    private let files: ScratchDirectory
    private let servers = SSHTestbed.current!

    init() throws { files = try ScratchDirectory() }

    private func ssh(_ lines: String = "", _ answerer: Answerer? = nil) throws -> SSH {
        var ssh = try servers.bare(
            files, "\(lines)\nIdentityAgent none\nIdentityFile none\nUserKnownHostsFile \(servers.client)/known_hosts")
        ssh.ask = answerer?.ask
        return ssh
    }

    /// The right answers, in their order.
    private func answers() throws -> [String] {
        try servers.text("questions").split(separator: "\n").map { String($0.split(separator: "\t")[2]) }
    }

    // MARK: - password

    @Test("a password lets in, and is asked for without echo") func password() async throws {
        let password = try servers.text("password")
        let answerer = Answerer { _, _ in password }
        #expect(try await PlainLogin.run("password", ssh("", answerer)) == "in\n")
        let question = SSH.Question(
            .password, host: "password", text: "Password of root at password: ", isEchoed: false)
        #expect(answerer.questions == [question])
    }

    @Test("a wrong password may be corrected twice") func corrected() async throws {
        let password = try servers.text("password")
        let answerer = Answerer { _, number in number == 2 ? password : "wrong" }
        #expect(try await PlainLogin.run("password", ssh("", answerer)) == "in\n")
        #expect(answerer.questions.count == 3)
        #expect(answerer.questions[1].text.hasPrefix("That was not accepted.\n"))
    }

    @Test("wrong passwords, no answer and nobody to ask are errors that never have a password in them")
    func refused() async throws {
        let wrong = Answerer { _, _ in "my secret word" }
        let error = try await PlainLogin.failure("password", ssh("", wrong))
        #expect(wrong.questions.count == 3)
        #expect(error.reason.contains("tried a password (3 times it was not accepted); the machine offers password"))
        #expect(!error.description.contains("my secret word"))

        let silent = Answerer { _, _ in nil }
        let other = try await PlainLogin.failure("password", ssh("", silent))
        #expect(silent.questions.count == 1)
        #expect(other.reason == "a question for root was not answered; nothing could be tried: try again and answer it")

        let nobody = try await PlainLogin.failure("password", ssh())
        #expect(nobody.reason == "root was not let in; tried a password (nobody can be asked); the machine offers "
            + "password: run it where questions can be answered")
        #expect(!nobody.isTransient)

        let off = try await PlainLogin.failure("password", ssh("PasswordAuthentication no", wrong))
        #expect(off.reason.contains("nothing could be tried"))
        #expect(wrong.questions.count == 3)
    }

    @Test("what the machine says to everybody stands before its first question, without what terminals obey")
    func banner() async throws {
        let file = try files.write("banner", "Only for members.\u{1b}[2J\n")
        try await SSHTestbed.with(["--conf", "Banner \(file)", "password"]) { servers in
            let password = try servers.text("password")
            let answerer = Answerer { _, number in number == 1 ? password : "wrong" }
            var ssh = try servers.bare(files, "IdentityFile none\nUserKnownHostsFile \(servers.client)/known_hosts")
            ssh.ask = answerer.ask
            #expect(try await PlainLogin.run("password", ssh) == "in\n")
            #expect(answerer.questions[0].text.hasPrefix("Only for members.?[2J\nPassword of root"))
            #expect(!answerer.questions[1].text.contains("members"))
        }
    }

    @Test("a connection that ends while somebody answers is an error for another try, at once")
    func cut() async throws {
        try await SSHTestbed.with(["password"]) { servers in
            let verb = servers.environment.map { "\($0)=\($1) " }.joined()
                + "\(SSHTestbed.package)/testbed/sshd kill-sessions password"
            let answerer = Answerer { _, _ in system(verb) == 0 ? "too late" : nil }
            var ssh = try servers.bare(files, "IdentityFile none\nUserKnownHostsFile \(servers.client)/known_hosts")
            ssh.ask = answerer.ask
            ssh.connectTimeout = .seconds(1000)
            let error = try await PlainLogin.failure("password", ssh)
            #expect(error.step == .authenticate)
            #expect(error.isTransient)
            #expect(error.reason.contains("while root was logging in"))
        }
    }

    @Test("a machine that falls silent is an error for another try") func silent() async throws {
        try await SSHTestbed.with(["password"]) { servers in
            let place = servers.environment.map { "\($0)=\($1) " }.joined() + "\(SSHTestbed.package)/testbed/sshd "
            let answerer = Answerer { _, _ in system(place + "stall password") == 0 ? "unheard" : nil }
            var ssh = try servers.bare(files, "IdentityFile none\nUserKnownHostsFile \(servers.client)/known_hosts")
            ssh.ask = answerer.ask
            ssh.connectTimeout = .seconds(1)
            let error = try await PlainLogin.failure("password", ssh)
            #expect(error.isTransient)
            #expect(error.reason.hasPrefix("the machine has not answered within 1 s while root was logging in"))
        }
    }

    // MARK: - keyboard-interactive

    @Test("all questions are asked, with what may be seen of the answers") func questions() async throws {
        let right = try answers()
        let answerer = Answerer { _, number in right[number] }
        #expect(try await PlainLogin.run("questions", ssh("", answerer)) == "in\n")
        #expect(answerer.questions.map(\.kind) == [.challenge, .challenge])
        #expect(answerer.questions[0].text.hasSuffix("Password: "))
        #expect(answerer.questions[1].text.hasSuffix("Number of the second factor: "))
        #expect(answerer.questions.map(\.isEchoed) == [false, true])
        #expect(answerer.questions.map(\.host) == ["questions", "questions"])
    }

    @Test("wrong answers may be corrected, and three times are enough") func wrongAnswers() async throws {
        let right = try answers()
        // The first answer is wrong, and the questions begin anew.
        let corrected = Answerer { question, number in
            number == 0 ? "wrong" : question.isEchoed ? right[1] : right[0]
        }
        #expect(try await PlainLogin.run("questions", ssh("", corrected)) == "in\n")
        #expect(corrected.questions.count > 2)

        let wrong = Answerer { _, _ in "wrong" }
        let error = try await PlainLogin.failure("questions", ssh("", wrong))
        #expect(error.reason.contains("tried its questions (3 times the answers were not accepted)"))
        let nobody = try await PlainLogin.failure("questions", ssh())
        #expect(nobody.reason.contains(
            "tried its questions (nobody can be asked); the machine offers keyboard-interactive"))
    }

    // MARK: - two factors

    @Test("a key and then answers let in where both are asked for") func twoFactors() async throws {
        let right = try answers()
        let answerer = Answerer { question, _ in question.isEchoed ? right[1] : right[0] }
        let key = "IdentityFile \(servers.client)/id_ed25519"
        #expect(try await PlainLogin.run("twofactor", ssh(key, answerer)) == "in\n")
        #expect(answerer.questions.count == 2)
    }

    @Test("the first factor alone is an error that says what is missing") func firstFactor() async throws {
        let key = "\(servers.client)/id_ed25519"
        let error = try await PlainLogin.failure("twofactor", ssh("IdentityFile \(key)"))
        #expect(error.reason.contains(
            "tried the key \(key) (accepted, but not enough alone) and its questions (nobody can be asked); the "
                + "machine offers keyboard-interactive: run it where questions can be answered"), "\(error)")
        // Without the key there are no questions.
        let answerer = Answerer { _, _ in "anything" }
        let other = try await PlainLogin.failure("twofactor", ssh("", answerer))
        #expect(other.reason.contains("the machine offers publickey"))
        #expect(answerer.questions == [])
    }
}
