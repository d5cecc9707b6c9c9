import CSystem
import Glibc

/// Where a relay listens: a name or an address, and a port; and the machine and the process that it is.
public struct RelayAddress: Hashable, Sendable {
    public var host: String
    public var port: UInt16
    public var node: String
    public var process: Int32

    public init(host: String, port: UInt16, node: String, process: Int32) {
        self.host = host
        self.port = port
        self.node = node
        self.process = process
    }

    /// One line, without its end.
    public var text: String { "relay \(host) \(port) \(node) \(process)" }

    /// nil: the line says something else.
    public init?(text: String) {
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 5, words[0] == "relay", let port = UInt16(words[2]), port > 0,
            let process = Int32(words[4]), process > 0
        else { return nil }
        self.init(host: words[1], port: port, node: words[3], process: process)
    }
}

/// A relay's directory: its address, its lock, and its lease.
struct RelayPlace {
    private let directory: String
    /// Where the relay before this one listened; nil: there was none.
    private(set) var former: RelayAddress?

    init(_ directory: String) {
        self.directory = directory
        former = Self.read(directory)
    }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// - Returns: what keeps the lock while it is open; nil: another relay has it.
    func lock() throws(DaemonError) -> Int32? {
        let file = open(path("relay.lock"), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw failure("relay.lock") }
        guard hayate_file_lock(file, 0, 0) == 0 else {
            // Where a file system has no locks, one goes on without.
            guard errno == EAGAIN || errno == EACCES else { return file }
            close(file)
            return nil
        }
        return file
    }

    /// What the relay that has the lock says.
    func awaitAddress() throws(DaemonError) -> RelayAddress {
        for _ in 0..<100 {
            if let address = Self.read(directory) { return address }
            usleep(50_000)
        }
        throw DaemonError(
            "another relay in \(directory) does not say where it listens: end it, and start the pool again")
    }

    func write(_ address: RelayAddress) throws(DaemonError) {
        let file = open(path("relay.new"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw failure("relay.new") }
        defer { close(file) }
        let line = Array("\(address.text)\n".utf8)
        guard Glibc.write(file, line, line.count) == line.count, rename(path("relay.new"), path("relay")) == 0 else {
            throw failure("relay")
        }
    }

    /// The host is gone: its key is taken away, and so is the directory if nothing of the jobs is in it.
    func clear() {
        for name in [
            RelayOptions.keyFile, RelayOptions.leaseFile, "relay", "relay.new", "relay.lock", "relay.log",
        ] { unlink(path(name)) }
        rmdir(directory)
    }

    private func failure(_ name: String) -> DaemonError {
        DaemonError("\(path(name)) cannot be written (\(String(cString: strerror(errno)))): is the disk full?")
    }

    private static func read(_ directory: String) -> RelayAddress? {
        let file = open("\(directory)/relay", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = Glibc.read(file, &bytes, bytes.count)
        let lines = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
        return lines.first.flatMap { RelayAddress(text: String($0)) }
    }

    static func nodeName() -> String {
        var names = utsname()
        guard uname(&names) == 0 else { return "?" }
        return withUnsafeBytes(of: &names.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

/// A file that changes while its host lives.
struct Lease {
    private let path: String
    private let limit: Duration
    private var lastChange: timespec
    private var seen = ContinuousClock.now
    private var looked = ContinuousClock.now

    /// nil: there is no such file.
    init?(_ path: String, limit: Duration) {
        guard let change = Self.change(of: path) else { return nil }
        self.path = path
        self.limit = limit
        lastChange = change
    }

    /// Looks at the file, twice a second at the most. The clocks of file servers are not those of this machine: what
    /// counts is when a change was seen here.
    mutating func holds() -> Bool {
        let now = ContinuousClock.now
        guard looked.duration(to: now) >= .milliseconds(500) else { return true }
        looked = now
        guard let change = Self.change(of: path) else { return false }
        if change.tv_sec != lastChange.tv_sec || change.tv_nsec != lastChange.tv_nsec {
            lastChange = change
            seen = now
        }
        return seen.duration(to: now) < limit
    }

    private static func change(of path: String) -> timespec? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mtim : nil
    }
}
