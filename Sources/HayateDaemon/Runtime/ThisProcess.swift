import Glibc

/// What this process is called where people read it.
enum ThisProcess {
    static let hostName: String = {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()

    /// `host:pid`.
    static let name = "\(hostName):\(getpid())"
}
