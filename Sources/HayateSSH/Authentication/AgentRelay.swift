import Glibc
import Synchronization

/// Stands between libssh and the agent while somebody logs in: shows one key at a time, and hands on what shall be
/// signed.
final class AgentRelay: Sendable {
    private let client: Int32
    private let agent: Int32
    private let thread = Mutex<pthread_t?>(nil)
    private let shown = Mutex<Shown?>(nil)

    private struct Shown {
        var identity: AgentMessage.Identity
        /// The key's own name at the agent, which may know no certificates.
        var held: [UInt8]
    }

    /// Takes both descriptors over.
    init(client: Int32, agent: Int32) {
        self.client = client
        self.agent = agent
    }

    /// - Parameter held: the key at the agent that signs for it.
    func show(_ identity: AgentMessage.Identity, held: [UInt8]) {
        shown.withLock { $0 = Shown(identity: identity, held: held) }
    }

    func start() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let rc = pthread_create(&thread, nil, { context in
            Unmanaged<AgentRelay>.fromOpaque(context!).takeRetainedValue().serve()
            return nil
        }, context.toOpaque())
        if rc == 0 {
            self.thread.withLock { $0 = thread }
        } else {
            context.release()
            // libssh reads an end, and goes on without the agent.
            shutdown(client, Int32(SHUT_RDWR))
        }
    }

    /// Ends it and waits until it has ended.
    func end() {
        shutdown(client, Int32(SHUT_RDWR))
        shutdown(agent, Int32(SHUT_RDWR))
        if let thread = thread.withLock({ $0 }) { pthread_join(thread, nil) }
        close(client)
        close(agent)
    }

    private func serve() {
        while let request = AgentMessage.read(client) {
            guard AgentMessage.write(answer(to: request) ?? [AgentMessage.failure], client) else { return }
        }
    }

    private func answer(to request: [UInt8]) -> [UInt8]? {
        guard let shown = shown.withLock({ $0 }) else { return nil }
        switch request.first {
        case AgentMessage.requestIdentities:
            return AgentMessage.answer(shown.identity)
        case AgentMessage.signRequest:
            var rest = request.dropFirst()
            guard AgentMessage.takeString(&rest) == shown.identity.blob,
                AgentMessage.write([AgentMessage.signRequest] + AgentMessage.string(shown.held) + rest, agent)
            else { return nil }
            return AgentMessage.read(agent)
        default:
            return nil
        }
    }
}
