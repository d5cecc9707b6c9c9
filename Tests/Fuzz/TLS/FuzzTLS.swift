// Fuzz target `tls`: hostile bytes to engines of both sides, alone and inside of exchanges that are real but for
// what the input says.
//
// The first byte chooses what is attacked, the others are bytes for the wire or a script of what happens to the
// pieces of an exchange (FuzzExchange). An engine may refuse whatever it likes, once and with a sentence that a
// log can hold; it must never believe a peer without a key, never give bytes that the other side did not send, and
// never hold more than a handshake needs.
//
// A key exchange costs milliseconds and a look at a hello microseconds. So one input in sixteen, chosen by its
// bytes, may lead to one; the others are defused: messages are read to their ends, and then not followed.

func fuzzTLS(_ input: UnsafeRawBufferPointer) {
    guard let choice = input.first else { return }
    let parties = FuzzParties.shared
    let isSlow = mayBeSlow(input)
    let rest = UnsafeRawBufferPointer(rebasing: input.dropFirst())
    switch choice % 16 {
    case 0...3: attack(parties.keyServer.engine(), rest, isSlow)
    case 4: attack(parties.certificateServer.engine(), rest, isSlow)
    case 5, 6: attack(parties.keyClient().engine(), rest, isSlow)
    case 7: attack(parties.certificateClient(isTrusting: isSlow).engine(), rest, isSlow)
    case 8...12: exchange(rest, isSlow)
    case 13: exchange(rest, isSlow, isNew: isSlow)
    case 14: exchange(rest, isSlow, withKeys: false, isNew: isSlow)
    default: exchange(rest, isSlow, isQuietAtFirst: true)
    }
}

/// Makes a key exchange impossible: the suites of a client's hello become others, the end of a server's flight a
/// mistake.
func defused(_ bytes: [UInt8], forServer: Bool) -> [UInt8] {
    var bytes = bytes
    for index in bytes.indices.dropLast(3) {
        switch (bytes[index], bytes[index + 1]) {
        // The suites of `TLSRules`.
        case (0xcc, 0xa8...0xac), (0xc0, 0x2b...0x30):
            if forServer { bytes[index] = 0 }
        case (14, 0) where bytes[index + 2] == 0 && bytes[index + 3] == 0:
            if !forServer { bytes[index + 3] = 1 }
        default: break
        }
    }
    return bytes
}

private func exchange(
    _ script: UnsafeRawBufferPointer, _ isSlow: Bool, withKeys: Bool = true, isNew: Bool = false,
    isQuietAtFirst: Bool = false
) {
    var exchange = FuzzExchange(
        script, mayBeSlow: isSlow, withKeys: withKeys, isNew: isNew, isQuietAtFirst: isQuietAtFirst)
    exchange.run()
}

private func mayBeSlow(_ input: UnsafeRawBufferPointer) -> Bool {
    // FNV-1a.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in input { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash >> 60 == 0
}

/// Someone without any key says these bytes, in slices whose size the first of them chooses.
private func attack(_ engine: TLSEngine, _ input: UnsafeRawBufferPointer, _ isSlow: Bool) {
    guard let choice = input.first else { return }
    var end = FuzzEnd(engine)
    end.begin()
    let isServer = !engine.hasOutput
    _ = end.takeOutput()
    let slice = choice < 128 ? 1 << 20 : 1 + Int(choice) % 61
    let bytes = Array(input.dropFirst())
    end.receive(isSlow ? bytes : defused(bytes, forServer: isServer), slice: slice)
    guard engine.phase != .established else { fatalError("a stranger was believed") }
    guard end.received.isEmpty, engine.peer == .anonymous else { fatalError("a stranger was heard") }
    // A flight of a server with a certificate is the most that may be owed to a stranger.
    guard end.takeOutput().count < 8_192 else { fatalError("a stranger's bytes make many more") }
}

/// One end of a connection, watched.
struct FuzzEnd {
    let engine: TLSEngine
    private(set) var received: [UInt8] = []
    private(set) var failure: TLSFailure?

    init(_ engine: TLSEngine) { self.engine = engine }

    mutating func begin() {
        do throws(TLSFailure) { try engine.start() } catch { note(error) }
    }

    mutating func takeOutput() -> [UInt8] {
        var bytes: [UInt8] = []
        engine.takeOutput { bytes = Array($0) }
        return bytes
    }

    mutating func send(_ bytes: [UInt8]) {
        let error = bytes.withUnsafeBytes { bytes -> TLSFailure? in
            do throws(TLSFailure) { try engine.send(bytes) } catch { return error }
            return nil
        }
        if let error { note(error) }
    }

    mutating func receive(_ bytes: [UInt8], slice: Int) {
        var start = 0
        while start < bytes.count {
            let stop = min(bytes.count, start + slice)
            // In memory of its own, so that reading beyond it is seen.
            let part = Array(bytes[start..<stop])
            let wasEnded = engine.phase == .ended
            let error = part.withUnsafeBytes { part -> TLSFailure? in
                do throws(TLSFailure) {
                    let plain = try engine.receive(part)
                    if wasEnded, !plain.isEmpty { fatalError("bytes after the end") }
                    if engine.phase == .handshaking, !plain.isEmpty { fatalError("bytes before the start") }
                    received += plain
                } catch { return error }
                return nil
            }
            if let error { note(error) }
            start = stop
        }
        if engine.phase == .handshaking, engine.peer != .anonymous { fatalError("believed too early") }
    }

    private mutating func note(_ error: TLSFailure) {
        guard failure == nil else { fatalError("failed twice: \(error) after \(failure.debugDescription)") }
        guard engine.phase == .ended else { fatalError("failed and goes on: \(error)") }
        guard !error.message.isEmpty, error.message.utf8.count < 600,
            error.message.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
        else { fatalError("a sentence for no log: \(error.message.debugDescription)") }
        failure = error
    }
}
