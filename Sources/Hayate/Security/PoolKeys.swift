import HayateCore
import HayateTLS
import Logging
import Synchronization

/// The keys with which peers may come into a pool.
///
/// From a file they are read again when the file has changed, so that a secret can be replaced without ending
/// the pool; who came in with a key that is gone stays until its connection ends.
final class PoolKeys: Sendable {
    private struct State {
        var accepted: [RoleKey]
        var daemon: RoleKey
        var stamp: FileStamp?
        var lookAgain: Instant
    }

    private let path: String?
    private let state: Mutex<State>
    /// Called when there is another current key, on a thread of the transport.
    private let onChange: @Sendable (RoleKey) -> Void

    /// - Parameter path: of the pool's secret; nil: one is made.
    init(file path: String?, onChange: @escaping @Sendable (RoleKey) -> Void) throws(HayateError) {
        self.path = path
        self.onChange = onChange
        let stamp = path.flatMap { FileStamp(of: $0) }
        let file: KeyFile
        if let path {
            file = try Self.read(path)
        } else {
            file = KeyFile(secrets: [PoolSecret()])
        }
        guard let daemon = file.key(for: .daemon) else {
            throw HayateError(.transport, "\(path ?? "the pool's secret") holds no key for daemons")
        }
        state = Mutex(
            State(
                accepted: file.acceptedKeys, daemon: daemon, stamp: stamp,
                lookAgain: .now.advanced(by: 1_000_000_000)))
    }

    /// The key that daemons get now.
    var daemonKey: RoleKey { state.withLock { $0.daemon } }

    /// The keys of all roles that let somebody in. Asked in each handshake; looks at the file at most once
    /// a second.
    func accepted() -> [RoleKey] {
        let (keys, mustLook) = state.withLock { state in
            let isDue = path != nil && state.lookAgain <= .now
            if isDue { state.lookAgain = .now.advanced(by: 1_000_000_000) }
            return (state.accepted, isDue)
        }
        guard mustLook, let path, let changed = readChanged(path) else { return keys }
        return changed
    }

    private func readChanged(_ path: String) -> [RoleKey]? {
        let stamp = FileStamp(of: path)
        guard state.withLock({ $0.stamp != stamp }) else { return nil }
        let file: KeyFile
        do throws(HayateError) {
            file = try Self.read(path)
        } catch {
            // In the middle of a change, or spoilt: the old keys hold, and somebody should know.
            Logger(label: "hayate.security").warning(
                "the keys stay what they were: \(error.message)")
            state.withLock { $0.stamp = stamp }
            return nil
        }
        guard let daemon = file.key(for: .daemon) else { return nil }
        let isNew = state.withLock { state in
            state.stamp = stamp
            state.accepted = file.acceptedKeys
            defer { state.daemon = daemon }
            return state.daemon != daemon
        }
        if isNew { onChange(daemon) }
        return file.acceptedKeys
    }

    private static func read(_ path: String) throws(HayateError) -> KeyFile {
        do {
            let file = try KeyFile.read(path)
            _ = try file.requiredSecrets()
            return file
        } catch {
            throw HayateError(.transport, error.message)
        }
    }
}
