import HayateTransport
import Synchronization

/// Listens for a session's clients.
final class SessionServer: Sendable {
    private struct State {
        var links: [UInt64: ClientLink] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())
    private let listener = Mutex<Listener?>(nil)
    private let service: any SessionService
    private let welcome: SessionWelcome
    /// Where clients find it.
    let endpoint: Endpoint

    /// Far more than people open terminals; a program that leaks connections shall not take all descriptors.
    private static let mostClients = 256

    /// - Parameter turnedAway: hears of other users who tried.
    init(
        at endpoint: Endpoint, _ service: any SessionService, _ welcome: SessionWelcome,
        turnedAway: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(HayateError) {
        self.service = service
        self.welcome = welcome
        self.endpoint = endpoint
        let listener: Listener
        do throws(TransportError) {
            let hub = Hub()
            listener = try Listener(
                endpoint, turnedAway: { turnedAway("\($0)") }, admit: { connection in
                    guard let server = hub.server.withLock({ $0.server }) else { return connection.close() }
                    server.accept(connection)
                })
            hub.server.withLock { $0.server = self }
        } catch {
            throw HayateError(.transport, error.message)
        }
        self.listener.withLock { $0 = listener }
    }

    /// What the listener refers to, which is made before the server is complete.
    private final class Hub: Sendable {
        struct Reference: Sendable { weak var server: SessionServer? }
        let server = Mutex(Reference())
    }

    private func accept(_ connection: Connection) {
        let link = ClientLink(connection, service, welcome) { [weak self] link in self?.forget(link) }
        let refusal = state.withLock { state -> String? in
            guard !state.isClosed else { return "the session is ending" }
            guard state.links.count < Self.mostClients else {
                return "\(state.links.count) clients are connected to the session, the most that it takes: end some"
            }
            state.links[connection.identifier] = link
            return nil
        }
        link.start(refusing: refusal)
    }

    private func forget(_ link: ClientLink) {
        state.withLock { $0.links[link.connection.identifier] = nil }
    }

    /// How many clients are connected.
    var clients: Int { state.withLock { $0.links.count } }

    /// Ends all connections; what was answered still goes out.
    func close() {
        let links = state.withLock { state in
            state.isClosed = true
            defer { state.links = [:] }
            return state.links
        }
        listener.withLock { listener in
            defer { listener = nil }
            return listener
        }?.close()
        for link in links.values { link.end() }
    }
}
