import Glibc

/// Two sockets whose bytes go from each to the other.
struct RelayedPair {
    /// One direction. What has been read and not written yet holds the next read back.
    private struct Flow {
        /// In one piece; the memory is there only once something has come.
        var bytes: [UInt8] = []
        var start = 0
        var end = 0
        /// Its source has said its last word.
        var isEnded = false
        /// And its sink has heard that.
        var isOver = false

        var isEmpty: Bool { start == end }
        var wantsBytes: Bool { !isEnded && isEmpty }
    }

    private static let room = 128 << 10
    private static let noSignal = Int32(MSG_NOSIGNAL)

    /// That of whoever dialled in, and that of the target.
    let caller: Int32
    let target: Int32
    private var isConnecting = true
    private var there = Flow()
    private var back = Flow()

    init(caller: Int32, target: Int32) {
        self.caller = caller
        self.target = target
    }

    func close() {
        Glibc.close(caller)
        Glibc.close(target)
    }

    /// What to wait for. A socket of which nothing is wanted is left out: its hang-up would be told again and again.
    var interests: (caller: pollfd, target: pollfd) {
        func entry(_ socket: Int32, reads: Bool, writes: Bool) -> pollfd {
            let events = (reads ? Int16(POLLIN) : 0) | (writes ? Int16(POLLOUT) : 0)
            return pollfd(fd: events == 0 ? -1 : socket, events: events, revents: 0)
        }
        if isConnecting {
            return (entry(caller, reads: false, writes: false), entry(target, reads: false, writes: true))
        }
        return (
            entry(caller, reads: there.wantsBytes, writes: !back.isEmpty),
            entry(target, reads: back.wantsBytes, writes: !there.isEmpty)
        )
    }

    /// Does what can be done now.
    /// - Returns: whether there will be more to do.
    mutating func go(_ callerEvents: Int16, _ targetEvents: Int16) -> Bool {
        if isConnecting {
            guard targetEvents != 0 else { return true }
            guard StreamSocket.failure(of: target) == 0 else { return false }
            isConnecting = false
            return true
        }
        let broken = Int16(POLLERR) | Int16(POLLNVAL)
        guard callerEvents & broken == 0, targetEvents & broken == 0 else { return false }
        if callerEvents | targetEvents != 0 {
            guard Self.move(&there, from: caller, to: target), Self.move(&back, from: target, to: caller) else {
                return false
            }
        }
        return !(there.isOver && back.isOver)
    }

    /// - Returns: false if one of the two has broken.
    private static func move(_ flow: inout Flow, from source: Int32, to sink: Int32) -> Bool {
        // A few times, so that one busy pair does not keep the others waiting.
        for _ in 0..<4 {
            guard write(&flow, to: sink) else { return false }
            guard flow.wantsBytes else { break }
            guard let came = read(&flow, from: source) else { return false }
            if !came { break }
        }
        guard write(&flow, to: sink) else { return false }
        if flow.isEnded, flow.isEmpty, !flow.isOver {
            flow.isOver = true
            shutdown(sink, Int32(SHUT_WR))
        }
        return true
    }

    /// - Returns: whether something came, its end too; nil: it has broken.
    private static func read(_ flow: inout Flow, from source: Int32) -> Bool? {
        if flow.bytes.isEmpty { flow.bytes = [UInt8](repeating: 0, count: room) }
        let count = flow.bytes.withUnsafeMutableBytes { Glibc.read(source, $0.baseAddress, room) }
        if count < 0 { return errno == EAGAIN || errno == EINTR ? false : nil }
        flow.start = 0
        flow.end = count
        if count == 0 { flow.isEnded = true }
        return true
    }

    /// - Returns: false if it has broken.
    private static func write(_ flow: inout Flow, to sink: Int32) -> Bool {
        while !flow.isEmpty {
            let (start, end) = (flow.start, flow.end)
            let count = flow.bytes.withUnsafeBytes { bytes in
                send(sink, UnsafeRawBufferPointer(rebasing: bytes[start..<end]).baseAddress, end - start, noSignal)
            }
            if count < 0 {
                if errno == EINTR { continue }
                return errno == EAGAIN
            }
            flow.start += count
        }
        return true
    }
}
