import CLibSSH
import Dispatch
import Glibc
import Synchronization
import Testing

/// A server of libssh for one connection, which asks questions in rounds: OpenSSH's own asks one question in a round,
/// whatever PAM does.
final class QuestionServer: Sendable {
    struct Round: Sendable {
        var name = ""
        var instruction = ""
        var questions: [(text: String, isEchoed: Bool)]
        var answers: [String]
    }

    let port: UInt16
    let fingerprintLine: String
    private let bind: Mutex<UInt>
    private let rounds: [Round]

    /// - Parameter key: the file of its key, with the public one beside it.
    init(key: String, _ rounds: [Round]) throws {
        let bind = try #require(ssh_bind_new())
        self.rounds = rounds
        self.bind = Mutex(UInt(bitPattern: bind))
        var port: UInt32 = 0
        try #require(ssh_bind_options_set(bind, SSH_BIND_OPTIONS_BINDADDR, "127.0.0.1") == 0)
        try #require(ssh_bind_options_set(bind, SSH_BIND_OPTIONS_BINDPORT, &port) == 0)
        try #require(ssh_bind_options_set(bind, SSH_BIND_OPTIONS_HOSTKEY, key) == 0)
        var no = false
        try #require(ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no) == 0)
        try #require(ssh_bind_listen(bind) == SSH_OK)
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let rc = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(ssh_bind_get_fd(bind), $0, &size) }
        }
        try #require(rc == 0)
        self.port = UInt16(bigEndian: address.sin_port)
        let line = try #require(readFile(key + ".pub")).split(separator: " ").prefix(2).joined(separator: " ")
        fingerprintLine = "[127.0.0.1]:\(self.port) \(line)\n"
    }

    deinit { ssh_bind_free(bind.withLock { OpaquePointer(bitPattern: $0) }) }

    /// Serves one connection to its end.
    /// - Returns: the answers that came, by rounds.
    func serve() async throws -> [[String]] {
        try await PlainLogin.onThread { [self] in
            let session = try #require(ssh_new())
            defer { ssh_free(session) }
            try #require(ssh_bind_accept(bind.withLock { OpaquePointer(bitPattern: $0) }, session) == SSH_OK)
            try #require(ssh_handle_key_exchange(session) == SSH_OK)
            var seen: [[String]] = []
            while let message = ssh_message_get(session) {
                defer { ssh_message_free(message) }
                answer(message, session, &seen)
            }
            return seen
        }
    }

    private func answer(_ message: ssh_message, _ session: ssh_session, _ seen: inout [[String]]) {
        guard ssh_message_type(message) == Int32(SSH_REQUEST_AUTH.rawValue) else {
            if ssh_message_type(message) == Int32(SSH_REQUEST_SERVICE.rawValue) {
                ssh_message_service_reply_success(message)
            } else {
                ssh_message_reply_default(message)
            }
            return
        }
        ssh_message_auth_set_methods(message, Int32(SSH_AUTH_METHOD_INTERACTIVE))
        guard ssh_message_subtype(message) == Int32(SSH_AUTH_METHOD_INTERACTIVE) else {
            ssh_message_reply_default(message)
            return
        }
        if ssh_message_auth_kbdint_is_response(message) != 0 {
            let count = max(0, ssh_userauth_kbdint_getnanswers(session))
            seen.append((0..<count).map { index in
                ssh_userauth_kbdint_getanswer(session, UInt32(index)).map { String(cString: $0) } ?? ""
            })
        } else {
            seen = []
        }
        if zip(seen, rounds).contains(where: { $0 != $1.answers }) {
            ssh_message_reply_default(message)
        } else if seen.count == rounds.count {
            ssh_message_auth_reply_success(message, 0)
        } else {
            ask(rounds[seen.count], message)
        }
    }

    private func ask(_ round: Round, _ message: ssh_message) {
        var texts = round.questions.map { strdup($0.text) as UnsafeMutablePointer<CChar>? }
        let pointers = texts.map { UnsafePointer($0) }
        var prompts = pointers
        var echo = round.questions.map { CChar($0.isEchoed ? 1 : 0) }
        ssh_message_auth_interactive_request(
            message, round.name, round.instruction, UInt32(round.questions.count), &prompts, &echo)
        for text in texts { free(text) }
        texts = []
    }
}
