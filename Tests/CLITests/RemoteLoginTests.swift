import Foundation
import HayateLaunch
import HayateSSH
import Synchronization
import Testing

@testable import HayateCLI

@Suite("Logging in to other machines from a terminal") struct RemoteLoginTests {
    /// A terminal without anybody, and the end that somebody would sit at.
    private func withTerminal<Value>(_ body: (String, Int32) async throws -> Value) async throws -> Value {
        let near = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        defer { close(near) }
        // TIOCSPTLCK and TIOCGPTN, which are macros that Swift cannot read.
        var (lock, number): (Int32, UInt32) = (0, 0)
        try #require(ioctl(near, 0x4004_5431, &lock) == 0 && ioctl(near, 0x8004_5430, &number) == 0)
        return try await body("/dev/pts/\(number)", near)
    }

    private func echoes(_ terminal: Int32) -> Bool {
        var state = termios()
        return tcgetattr(terminal, &state) == 0 && state.c_lflag & tcflag_t(ECHO) != 0
    }

    /// What waits for somebody must not keep one of the few threads that all tests share.
    private func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }

    /// What the terminal shows, as far as this text; all there is if it does not come.
    private func readUntil(_ text: String, _ terminal: Int32) async -> String {
        await onOwnThread {
            var seen: [UInt8] = []
            var bytes = [UInt8](repeating: 0, count: 256)
            while !String(decoding: seen, as: UTF8.self).contains(text) {
                var wait = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
                guard poll(&wait, 1, 60_000) > 0 else { break }
                let count = read(terminal, &bytes, bytes.count)
                guard count > 0 else { break }
                seen += bytes[..<count]
            }
            return String(decoding: seen, as: UTF8.self)
        }
    }

    @Test("A password is not shown, an answer that may be seen is, and the terminal is as before")
    func asks() async throws {
        try await withTerminal { path, near in
            let prompt = TerminalPrompt(terminal: open(path, O_RDWR | O_NOCTTY | O_CLOEXEC))
            for isEchoed in [false, true] {
                let answer = Task { await onOwnThread { prompt.ask("Pass\u{1b}word: ", isEchoed: isEchoed) } }
                #expect(await readUntil("word: ", near).contains("Pass?word: "))
                #expect(echoes(near) == isEchoed)
                #expect(write(near, "s3cret\n", 7) == 7)
                #expect(await answer.value == "s3cret")
                #expect(echoes(near))
                #expect(await readUntil("\n", near).contains("s3cret") == isEchoed)
            }
        }
    }

    @Test("A question that nobody wants answered any more ends, and leaves the terminal as it was")
    func cancelled() async throws {
        try await withTerminal { path, near in
            let prompt = TerminalPrompt(terminal: open(path, O_RDWR | O_NOCTTY | O_CLOEXEC))
            let answer = Task { await onOwnThread { prompt.ask("Password: ", isEchoed: false) } }
            _ = await readUntil("Password: ", near)
            prompt.cancel()
            #expect(await answer.value == nil)
            #expect(echoes(near))
            #expect(prompt.ask("Again? ", isEchoed: true) == nil)
        }
    }

    @Test("Without a terminal there is no prompt")
    func noTerminal() {
        #expect(TerminalPrompt(path: "/dev/null") == nil)
        #expect(TerminalPrompt(path: "/nothing") == nil)
    }

    private func refusal(_ host: RemoteHost, isTransient: Bool = false) -> RemoteError {
        RemoteError(host: "\(host)", .authenticate, "no key fits", isTransient: isTransient)
    }

    @Test("Nobody can log in anywhere: the reasons are told, and nothing is started")
    func allFail() async throws {
        let logins = RemoteLogins { (host, _) throws(RemoteError) in throw refusal(host) }
        let error = await #expect(throws: CommandLineError.self) { try await logins.logIn(to: ["n1", "n2"]) }
        #expect(error?.description == "n1: logging in failed: no key fits\nhayate: n2: logging in failed: no key fits")
    }

    @Test("A machine that refuses is not asked again, one that was away is")
    func remembers() async throws {
        let tries = Mutex<[String: Int]>([:])
        let logins = RemoteLogins { (host, _) throws(RemoteError) in
            tries.withLock { $0[host.host, default: 0] += 1 }
            throw refusal(host, isTransient: host.host == "away")
        }
        try await logins.logIn(to: ["away", "no"])
        for name in ["away", "no"] {
            await #expect(throws: RemoteError.self) { try await logins.connect(to: try RemoteHost(name)) }
        }
        #expect(tries.withLock { $0 } == ["away": 2, "no": 1])
    }

    @Test("A password is kept for the next connection, a wrong one and a second factor are not")
    func passwords() async throws {
        try await withTerminal { path, near in
            let prompt = TerminalPrompt(terminal: open(path, O_RDWR | O_NOCTTY | O_CLOEXEC))
            let password = SSH.Question(.password, host: "n1", text: "Password:", isEchoed: false)
            let factor = SSH.Question(.challenge, host: "n1", text: "Code:", isEchoed: true)
            let answers = Mutex<[String?]>([])
            let logins = RemoteLogins(prompt: prompt) { (host, ask) throws(RemoteError) in
                let given = await onOwnThread { [ask(password), ask(factor)] }
                answers.withLock { $0 += given }
                throw refusal(host, isTransient: true)
            }
            async let first: Void = logins.logIn(to: ["n1"])
            _ = await readUntil("Password: ", near)
            #expect(write(near, "right\n", 6) == 6)
            _ = await readUntil("Code: ", near)
            #expect(write(near, "1\n", 2) == 2)
            try await first
            let second = Task { try await logins.connect(to: try RemoteHost("n1")) }
            _ = await readUntil("Code: ", near)
            #expect(write(near, "2\n", 2) == 2)
            await #expect(throws: RemoteError.self) { _ = try await second.value }
            #expect(answers.withLock { $0 } == ["right", "1", "right", "2"])
        }
    }
}
