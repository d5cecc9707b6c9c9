import HayateLaunch

extension RemoteError {
    private static let breaking = "the connection broke"

    /// A connection has broken that somebody was logged in by.
    static func broken(_ host: String, _ reason: String) -> RemoteError {
        RemoteError(
            host: host, .connect, "\(breaking): \(reason): see whether the machine and the way to it are up",
            isTransient: true)
    }

    /// It has broken with the one of a machine on the way, which is named, however many are between; the remedy is
    /// that one's.
    static func broken(_ host: String, with hop: RemoteError) -> RemoteError {
        var reason = hop.reason
        if !reason.hasPrefix("\(breaking) at ") {
            let start = "\(breaking): "
            let cause = reason.hasPrefix(start) ? String(reason.dropFirst(start.count)) : reason
            reason = "\(breaking) at \(hop.host): \(cause)"
        }
        return RemoteError(host: host, .connect, reason, isTransient: true)
    }
}
