import Foundation

/// Processes of this machine, as `/proc` shows them.
struct RunningProcess: Hashable, Sendable {
    var pid: pid_t
    var parent: pid_t
    var arguments: [String]

    /// The program without its directory.
    var name: String { arguments.first.map { String($0.split(separator: "/").last ?? "") } ?? "" }
    var isDaemon: Bool { arguments.contains("--hayate-daemon") }

    /// All that have this variable in their environment, wherever they are in the tree: a process
    /// that lost its parent is found as well. Zombies have no environment and are left out.
    static func carrying(_ variable: String, value: String) -> [RunningProcess] {
        let entry = Array("\(variable)=\(value)".utf8)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { name in
            guard let pid = pid_t(name), pid != getpid(),
                let environment = bytes("/proc/\(name)/environ"),
                environment.split(separator: 0).contains(where: { $0.elementsEqual(entry) })
            else { return nil }
            return RunningProcess(pid: pid)
        }
    }

    private init?(pid: pid_t) {
        guard let status = Self.bytes("/proc/\(pid)/stat"),
            let words = Self.bytes("/proc/\(pid)/cmdline"),
            // The name in parentheses may hold anything; the state and the parent follow it.
            let fields = String(decoding: status, as: UTF8.self)
                .split(separator: ")").last?.split(separator: " "),
            fields.count > 1, let parent = pid_t(fields[1])
        else { return nil }
        self.pid = pid
        self.parent = parent
        arguments = words.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func bytes(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return readToEnd(file)
    }
}

/// Everything that can still be read; what was read so far when an error ends it.
func readToEnd(_ file: Int32, _ receive: ((ArraySlice<UInt8>) -> Void)? = nil) -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(file, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return all }
        if let receive { receive(buffer[..<count]) } else { all += buffer[..<count] }
    }
}
