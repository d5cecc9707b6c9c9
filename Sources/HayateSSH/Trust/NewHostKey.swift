import CSystem
import Glibc
import HayateLaunch

/// A key that is written down, as its machine was not known.
struct NewHostKey {
    let key: SSHKey
    /// Under which name.
    let name: String
    let destination: SSHDestination

    private func failure(_ reason: String) -> RemoteError {
        RemoteError(host: destination.named.description, .hostKey, reason)
    }

    private func failure(_ file: String, _ code: Int32) -> RemoteError {
        failure(
            "its key \(key.label) cannot be written to \(file) (\(String(cString: strerror(code)))): make that "
                + "possible, or name another file (UserKnownHostsFile)")
    }

    /// Behind all that is in the first file of known hosts.
    func write() throws(RemoteError) {
        guard let file = destination.knownHosts.first else {
            throw failure("there is no file to write its key down: remove UserKnownHostsFile none")
        }
        guard let line = key.line else { throw failure("its key \(key.label) cannot be written down") }
        if let end = file.lastIndex(of: "/"), end != file.startIndex {
            let directory = String(file[..<end])
            guard mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw failure(directory, errno) }
        }
        let descriptor = open(file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(file, errno) }
        defer { close(descriptor) }
        // Others write too: of this process, and of others that look as we do. It ends with the descriptor.
        guard hayate_file_lock(descriptor, 0, 1) == 0 else { throw failure(file, errno) }
        guard let bytes = TextFile.bytes(of: descriptor) else { throw failure(file, errno) }
        // Meanwhile somebody may have written down this key, or another one.
        let known = KnownHosts(String(decoding: bytes, as: UTF8.self), file: file, name: name)
        if try HostKeyCheck.judge(key, known, destination) { return }
        let written = destination.hashesKnownHosts ? HashedName.make(name) : name
        let isTorn = bytes.last.map { $0 != UInt8(ascii: "\n") } ?? false
        var text = Array("\(isTorn ? "\n" : "")\(written) \(line)\n".utf8)[...]
        while !text.isEmpty {
            let count = text.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(file, errno)
            }
            text = text.dropFirst(count)
        }
    }
}
