import CLibSSH

/// Questions to the other side that belong to no channel. The library asks one at a time.
final class GlobalRequests {
    /// - Returns: SSH_AGAIN while there is no answer.
    typealias Question = (ssh_session) -> Int32

    private var waiting: [(ask: Question, done: (_ result: Int32) -> Void)] = []

    var isEmpty: Bool { waiting.isEmpty }

    func add(_ question: @escaping Question, done: @escaping (_ result: Int32) -> Void) {
        waiting.append((question, done))
    }

    /// Goes on as far as there are answers.
    func advance(_ raw: ssh_session) {
        while let first = waiting.first {
            let result = first.ask(raw)
            if result == SSH_AGAIN { return }
            waiting.removeFirst()
            first.done(result)
        }
    }

    /// Nobody answers any more.
    func end() {
        let unanswered = waiting
        waiting = []
        for request in unanswered { request.done(SSH_ERROR) }
    }

    /// Something that every server answers, and by which nothing happens: that a port which was never listened at be
    /// given up. The library's own sign of life does not tell when its answer has come.
    static func ping(_ raw: ssh_session) -> Int32 { ssh_channel_cancel_forward(raw, "keepalive.invalid", 1) }
}
