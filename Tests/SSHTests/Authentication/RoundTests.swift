import HayateLaunch
import HayateSSH
import Testing

@Suite("Questions in rounds") struct RoundTests {
    private let files: ScratchDirectory

    init() throws { files = try ScratchDirectory() }

    private static let rounds: [QuestionServer.Round] = [
        .init(
            name: "Site", instruction: "Two factors, please.",
            questions: [("Password: ", false), ("Number: ", true), ("Colour: ", true)], answers: ["one", "2", "blue"]),
        // Only something to say.
        .init(name: "", instruction: "Almost there.", questions: [], answers: []),
        .init(questions: [("Sure?\u{1b}[31m ", true)], answers: ["yes"]),
    ]

    private func logIn(_ answer: @escaping @Sendable (SSH.Question, Int) -> String?) async throws -> (
        answers: [[String]], questions: [SSH.Question], failure: RemoteError?
    ) {
        let key = files("host-key")
        try await shell("ssh-keygen -q -t ed25519 -N '' -f \(key)")
        let server = try QuestionServer(key: key, Self.rounds)
        try files.write("known_hosts", server.fingerprintLine)
        let answerer = Answerer(answer)
        var ssh = SSH()
        ssh.configFile = try files.write("config", """
            IdentityFile none
            IdentityAgent none
            GlobalKnownHostsFile none
            UserKnownHostsFile \(files("known_hosts"))
            """)
        ssh.ask = answerer.ask
        async let seen = server.serve()
        var failure: RemoteError?
        do {
            try await PlainLogin.logIn("127.0.0.1:\(server.port)", ssh)
        } catch let error as RemoteError {
            failure = error
        }
        return try await (seen, answerer.questions, failure)
    }

    @Test("all questions of all rounds are asked, with what stands before them") func rounds() async throws {
        let right = Self.rounds.flatMap(\.answers)
        let outcome = try await logIn { _, number in right[number] }
        #expect(outcome.failure == nil)
        #expect(outcome.answers == Self.rounds.map(\.answers))
        #expect(outcome.questions.map(\.text) == [
            "Site\nTwo factors, please.\nPassword: ", "Number: ", "Colour: ", "Almost there.\nSure??[31m ",
        ])
        #expect(outcome.questions.map(\.isEchoed) == [false, true, true, true])
    }

    @Test("an answer that is missing ends it in the middle of a round") func missing() async throws {
        let outcome = try await logIn { _, number in number == 1 ? nil : "one" }
        #expect(outcome.failure?.reason.contains("was not answered") == true)
        #expect(outcome.questions.count == 2)
    }
}
