import Hayate
import HayateView
import Synchronization

/// A session that is looked at again and again: when its host has ended, the next question finds the next host.
final class SessionLink: Sendable {
    let session: ConnectedSession
    private let current: Mutex<(any SessionConnection)?>

    init(_ session: ConnectedSession) {
        self.session = session
        current = Mutex(session.connection)
    }

    /// Asks once.
    /// - Throws: what the session says, or that there is none; then the next question begins with connecting.
    func ask<Value: Sendable>(
        _ body: (any SessionConnection) async throws -> Value
    ) async throws -> Value {
        let connection: any SessionConnection
        if let known = current.withLock({ $0 }) {
            connection = known
        } else {
            connection = try await session.access.connect(session.name)
            current.withLock { $0 = connection }
        }
        do {
            return try await body(connection)
        } catch let error as HayateError where ConnectedSession.isLoss(error) {
            current.withLock { $0 = nil }
            connection.close()
            throw error
        }
    }
}
