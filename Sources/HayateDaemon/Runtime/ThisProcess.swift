import Glibc

/// What this process is called where people read it.
package enum ThisProcess {
    package static let hostName: String = {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()

    /// `host:pid`.
    static let name = "\(hostName):\(getpid())"

    /// Nanoseconds since this process was started, as the kernel counts them, in steps of some milliseconds;
    /// 0 if it does not say.
    static var age: Int64 {
        guard let text = firstLine(of: "/proc/self/stat"),
            // The second field is a name in parentheses, which may have anything in it.
            let end = text.lastIndex(of: ")")
        else { return 0 }
        let fields = text[end...].split(separator: " ")
        // The 22nd field of all, in ticks since the machine was started.
        guard fields.count > 20, let ticks = Int64(fields[20]) else { return 0 }
        let perSecond = Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        let now = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        return max(0, now - ticks / perSecond * 1_000_000_000 - ticks % perSecond * (1_000_000_000 / perSecond))
    }

    private static func firstLine(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = max(0, read(file, buffer.baseAddress, 4096))
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
