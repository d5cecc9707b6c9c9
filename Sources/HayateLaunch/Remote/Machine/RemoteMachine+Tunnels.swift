import HayateCore

extension RemoteMachine {
    /// A port of the other machine that leads to one of this one.
    struct Tunnel: Sendable {
        var port: UInt16
        var address: String
        var local: (host: String, port: UInt16)
        /// Why it could not be opened again.
        var failure: RemoteError?
    }

    /// How often a port is asked for again that the last connection may still hold over there.
    static let portTries = 12

    /// Has the other machine listen as `RemoteConnection.forward` does, also through later connections and then at the
    /// same port.
    /// - Parameter ports: tried in their order; empty: one that is free there.
    public func tunnel(
        on address: String = "127.0.0.1", ports: [UInt16] = [], to local: (host: String, port: UInt16)
    ) async throws(RemoteError) -> UInt16 {
        let deadline = ContinuousClock.now + patience
        while true {
            let connection = try await connection()
            if state.withLock({ $0.server == nil }) { await noteServer(of: connection, ending: nil) }
            do throws(RemoteError) {
                let port = try await Self.open(ports.isEmpty ? [0] : ports, on: address, to: local, through: connection)
                let isKept = state.withLock { state in
                    guard state.connection === connection else { return false }
                    state.tunnels.append(Tunnel(port: port, address: address, local: local))
                    return true
                }
                if isKept { return port }
            } catch {
                guard connection.failure != nil, ContinuousClock.now < deadline else { throw error }
                noteEnd(of: connection)
            }
            // The connection broke meanwhile: the next one has no such tunnel.
        }
    }

    private static func open(
        _ ports: [UInt16], on address: String, to local: (host: String, port: UInt16),
        through connection: any RemoteConnection
    ) async throws(RemoteError) -> UInt16 {
        var last: RemoteError?
        for port in ports {
            do throws(RemoteError) {
                return try await connection.forward(port, on: address, to: local)
            } catch {
                last = error
                if connection.failure != nil { break }
            }
        }
        throw last ?? RemoteError(host: connection.host.description, .tunnel, "no port was named")
    }

    /// Why a tunnel could not be opened again at its port; nil while it stands, or while the connection is away.
    public func tunnelFailure(at port: UInt16) -> RemoteError? {
        state.withLock { $0.tunnels.last { $0.port == port }?.failure }
    }

    /// Whoever listened for us on the last connection may not know yet that it is dead.
    func reopenTunnels(on connection: any RemoteConnection) async throws(RemoteError) {
        let (tunnels, old) = state.withLock { state in
            (state.tunnels.filter { $0.failure == nil }, state.server)
        }
        guard !tunnels.isEmpty else { return }
        await noteServer(of: connection, ending: old)
        for tunnel in tunnels {
            var tries = 0
            while true {
                do throws(RemoteError) {
                    _ = try await connection.forward(tunnel.port, on: tunnel.address, to: tunnel.local)
                    break
                } catch {
                    if let failure = connection.failure { throw failure }
                    tries += 1
                    guard tries < Self.portTries else {
                        // The other tunnels, and commands, do not need it.
                        noteFailure(of: tunnel.port, error)
                        break
                    }
                    try? await Task.sleep(for: .milliseconds(100 * min(10, tries)))
                    // Closed meanwhile: nobody needs the rest.
                    if Task.isCancelled { throw closedError }
                }
            }
        }
    }

    private func noteFailure(of port: UInt16, _ error: RemoteError) {
        var error = error
        error.reason = "port \(port) there cannot be had again: \(error.reason)"
        state.withLock { state in
            guard let index = state.tunnels.firstIndex(where: { $0.port == port }) else { return }
            state.tunnels[index].failure = error
        }
    }

    private func noteServer(of connection: any RemoteConnection, ending old: ServerProcess?) async {
        let answer = await connection.run(script: ServerProcess.script(ending: old), timeLimit: .seconds(15))
        let server = ServerProcess.read(answer.output)
        state.withLock { $0.server = server ?? $0.server }
    }
}
