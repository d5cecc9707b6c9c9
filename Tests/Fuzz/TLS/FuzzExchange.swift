/// An exchange between two engines of ours with somebody on the wire.
///
/// The input is the script of what that somebody does. Each piece that is on its way costs one byte that says what
/// happens to it, and what more that needs; when the script is over, everything passes.
struct FuzzExchange {
    private var script: UnsafeRawBufferPointer
    private var server: FuzzEnd
    private var client: FuzzEnd
    private var fromServer: [UInt8] = []
    private var fromClient: [UInt8] = []
    private var seenByServer = 0
    private var seenByClient = 0
    /// Held back, to arrive after what comes later.
    private var held: [UInt8] = []
    /// Whether there may be a key exchange when the ticket is not taken.
    private let mayBeSlow: Bool
    /// Whether the handshake is left alone.
    private let isQuietAtFirst: Bool

    init(
        _ script: UnsafeRawBufferPointer, mayBeSlow: Bool, withKeys: Bool, isNew: Bool, isQuietAtFirst: Bool
    ) {
        self.mayBeSlow = mayBeSlow
        self.script = script
        self.isQuietAtFirst = isQuietAtFirst
        let parties = FuzzParties.shared
        let who = withKeys
            ? parties.keyClient(withTicket: !isNew) : parties.certificateClient(withTicket: !isNew)
        server = FuzzEnd((withKeys ? parties.keyServer : parties.certificateServer).engine())
        client = FuzzEnd(who.engine())
    }

    mutating func run() {
        client.begin()
        talk(1)
        for round in 2..<34 {
            carry(toServer: true)
            carry(toServer: false)
            check()
            if round % 4 == 0, script.isEmpty { break }
            if server.engine.phase == .ended, client.engine.phase == .ended { break }
            if server.engine.phase == .established, client.engine.phase == .established { talk(round) }
        }
    }

    /// Both say something that no other round says.
    private mutating func talk(_ round: Int) {
        // Once more than a record holds.
        let count = round == 5 ? 17_000 : 10 + round
        let text = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ round) }
        client.send(text)
        fromClient += text
        let answer = text.map { ~$0 }
        server.send(answer)
        fromServer += answer
    }

    private mutating func check() {
        guard agrees(server.received, fromClient, from: &seenByServer) else {
            fatalError("the server got what nobody sent")
        }
        guard agrees(client.received, fromServer, from: &seenByClient) else {
            fatalError("the client got what nobody sent")
        }
    }

    /// Compares what is new.
    private func agrees(_ received: [UInt8], _ sent: [UInt8], from start: inout Int) -> Bool {
        let end = received.count
        defer { start = end }
        guard end > start else { return end == start }
        return end <= sent.count && received[start..<end] == sent[start..<end]
    }

    private mutating func carry(toServer: Bool) {
        var bytes = toServer ? client.takeOutput() : server.takeOutput()
        let isOver = server.engine.phase != .handshaking && client.engine.phase != .handshaking
        var slice = 1 << 20
        if isOver || !isQuietAtFirst {
            let choice = next()
            if choice >= 128, bytes.count < 2_000 { slice = 1 + Int(choice) % 61 }
            change(&bytes, Int(choice % 16))
        }
        // The server's flight after a ticket ends with a record of another kind.
        if !mayBeSlow, client.engine.phase == .handshaking, !toServer { bytes = defused(bytes, forServer: false) }
        if toServer { server.receive(bytes, slice: slice) } else { client.receive(bytes, slice: slice) }
    }

    private mutating func change(_ bytes: inout [UInt8], _ kind: Int) {
        switch kind {
        case 1:
            guard !bytes.isEmpty else { return }
            bytes[place(in: bytes)] ^= 1 << (next() & 7)
        case 2:
            guard !bytes.isEmpty else { return }
            bytes[place(in: bytes)] = next()
        case 3: bytes.removeLast(bytes.isEmpty ? 0 : bytes.count - place(in: bytes))
        case 4: bytes.insert(contentsOf: take(Int(next())), at: place(in: bytes))
        case 5: bytes.insert(contentsOf: record(take(Int(next()))), at: 0)
        case 6: bytes += record(take(Int(next())))
        case 7: bytes += bytes
        case 8: bytes = []
        case 9: bytes = take(Int(next()))
        case 10:
            swap(&held, &bytes)
        case 11:
            bytes += held
            held = []
        case 12:
            // Records in another order.
            guard let cut = secondRecord(of: bytes) else { return }
            bytes = Array(bytes[cut...] + bytes[..<cut])
        case 13:
            guard !bytes.isEmpty else { return }
            let start = place(in: bytes)
            bytes.removeSubrange(start..<min(bytes.count, start + Int(next())))
        case 14:
            // The body of the first message is another of the same length.
            guard bytes.count > 9 else { return }
            for (index, byte) in take(min(bytes.count - 9, Int(next()))).enumerated() { bytes[9 + index] = byte }
        default: break
        }
    }

    /// A record around these bytes, whose kind is the first of them; a handshake message gets its length too.
    private func record(_ bytes: [UInt8]) -> [UInt8] {
        guard let kind = bytes.first else { return [] }
        var body = Array(bytes.dropFirst())
        if kind % 5 == 2, !body.isEmpty { body.insert(contentsOf: [0, 0, UInt8(body.count - 1)], at: 1) }
        return [20 + kind % 5, 3, 3, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
    }

    private func secondRecord(of bytes: [UInt8]) -> Int? {
        guard bytes.count > 5 else { return nil }
        let start = 5 + Int(bytes[3]) << 8 + Int(bytes[4])
        return start < bytes.count ? start : nil
    }

    // MARK: The script

    private mutating func next() -> UInt8 {
        guard let byte = script.first else { return 0 }
        script = UnsafeRawBufferPointer(rebasing: script.dropFirst())
        return byte
    }

    private mutating func take(_ count: Int) -> [UInt8] {
        let bytes = Array(script.prefix(count))
        script = UnsafeRawBufferPointer(rebasing: script.dropFirst(bytes.count))
        return bytes
    }

    private mutating func place(in bytes: [UInt8]) -> Int {
        let number = Int(next()) << 8 | Int(next())
        return bytes.isEmpty ? 0 : number % bytes.count
    }
}

/// A real client's first flight for the servers, real servers' for the clients, and scripts of every kind.
func tlsSeeds() -> [[UInt8]] {
    let parties = FuzzParties.recorded
    var seeds: [[UInt8]] = []
    func add(_ choices: [UInt8], _ bytes: [UInt8]) {
        for choice in choices {
            seeds.append([choice, 0] + bytes)
            seeds.append([choice, 200] + bytes)
        }
    }
    let pairs = [
        (parties.keyServer, parties.keyClient(), [0, 5] as [UInt8]),
        (parties.keyServer, parties.keyClient(withTicket: true), [1, 6]),
        (parties.certificateServer, parties.certificateClient(), [4, 7]),
        (parties.certificateServer, parties.certificateClient(withTicket: true), [4, 7]),
    ]
    for (server, client, choices) in pairs {
        var (host, daemon) = (FuzzEnd(server.engine()), FuzzEnd(client.engine()))
        daemon.begin()
        let hello = daemon.takeOutput()
        host.receive(hello, slice: 1 << 20)
        let answer = host.takeOutput()
        add([choices[0]], hello)
        add([choices[1]], answer)
        daemon.receive(answer, slice: 1 << 20)
        add([choices[0]], hello + daemon.takeOutput())
    }
    // Alerts, the beginning of another protocol, a record of the greatest length.
    for choice in [0, 4, 5, 7] as [UInt8] {
        add([choice], [21, 3, 3, 0, 2, 2, 40])
        add([choice], Array("GET / HTTP/1.1\r\n\r\n".utf8))
        add([choice], [22, 3, 1, 0x40, 0] + [UInt8](repeating: 1, count: 3_000))
    }
    for choice in 8...15 as ClosedRange<UInt8> {
        seeds.append([choice])
        for kind in 1...14 as ClosedRange<UInt8> {
            for wait in 0...5 {
                seeds.append(
                    [choice] + [UInt8](repeating: 16, count: wait) + [kind, 0, 9, 12, 1, 0, 0, 1, 2, 40, 2, 0])
            }
        }
    }
    return seeds
}
