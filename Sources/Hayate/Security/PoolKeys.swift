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
        /// Of the version of the file that was read.
        var stamp: FileStamp?
        /// Why the present version was not, said once.
        var complaint: String?
    }

    private let path: String?
    private let state: Mutex<State>
    /// - Parameter path: of the pool's secret; nil: one is made.
    init(file path: String?) throws(HayateError) {
        self.path = path
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
            State(accepted: file.acceptedKeys, daemon: daemon, stamp: stamp))
    }

    /// The key that daemons get now.
    var daemonKey: RoleKey { state.withLock { $0.daemon } }

    /// The keys of all roles that let somebody in. Asked in each handshake, so it touches no file.
    func accepted() -> [RoleKey] { state.withLock { $0.accepted } }

    /// Looks whether the file has changed, and reads it then. It may wait for a file system: not on a thread
    /// of the transport.
    func lookAtFile() {
        guard let path else { return }
        let stamp = FileStamp(of: path)
        guard state.withLock({ $0.stamp != stamp }) else { return }
        let file: KeyFile
        do throws(HayateError) {
            file = try Self.read(path)
        } catch {
            // In the middle of a change, or spoilt: the old keys hold, somebody should know, and it is tried
            // again, for what is wrong may be mended without touching the file.
            let isNews = state.withLock { state in
                defer { state.complaint = error.message }
                return state.complaint != error.message
            }
            if isNews {
                Logger(label: "hayate.security").warning(
                    "the keys stay what they were: \(error.message)")
            }
            return
        }
        guard let daemon = file.key(for: .daemon) else { return }
        state.withLock { state in
            state.stamp = stamp
            state.complaint = nil
            state.accepted = file.acceptedKeys
            state.daemon = daemon
        }
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
