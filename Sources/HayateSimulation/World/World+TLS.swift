import HayateCore
import HayateTLS
import HayateWire

/// Links under TLS: what is written is sealed when its event is over, and what arrives is opened.
///
/// The shell's obligations: nothing is read before the handshake is over; a failed engine is the end of its
/// connection, after its alert was sent; only who has shown the daemons' key becomes a daemon.
extension World {
    // MARK: Sending

    /// Puts what the engine makes of `pipe.outgoing` into its place.
    func seal(_ link: Int, _ pipe: inout Pipe, isToHost: Bool) {
        guard let ends = protection?.ends[link] else { return }
        let engine = isToHost ? ends.daemon : ends.host
        if !pipe.outgoing.isEmpty {
            if isToHost { ends.toHost += pipe.outgoing } else { ends.toDaemon += pipe.outgoing }
            if let failure = pipe.outgoing.withUnsafeBytes({ send($0, engine) }) {
                ledger.fail(.sealed, "link \(link) cannot seal: \(failure)")
            }
            pipe.outgoing.removeAll(keepingCapacity: true)
        }
        guard engine.hasOutput else { return }
        engine.takeOutput { pipe.outgoing.append(contentsOf: $0) }
        guard !isHealed, random.chance(scenario.damageShare) else { return }
        let place = random.below(pipe.outgoing.count)
        pipe.outgoing[place] ^= UInt8(1 + random.below(255))
        ends.isDamaged = true
        injected.damaged += 1
        trace("  byte \(place) of \(pipe.outgoing.count) is damaged")
    }

    private func send(_ bytes: UnsafeRawBufferPointer, _ engine: TLSEngine) -> TLSFailure? {
        do throws(TLSFailure) { try engine.send(bytes) } catch { return error }
        return nil
    }

    // MARK: Receiving

    /// Opens a piece and reads the frames in it; false if the connection is to be ended.
    func open(_ chunk: Int, _ link: Int, atHost: Bool, _ pipe: inout Pipe) -> Bool {
        guard let ends = protection?.ends[link] else { return false }
        let engine = atHost ? ends.host : ends.daemon
        let wasEstablished = engine.phase == .established
        var isSound = true
        do throws(TLSFailure) {
            let plain = try chunks[chunk].withUnsafeBytes { bytes in receive(bytes, engine) }.get()
            isSound = deliver(plain, link, atHost: atHost, &pipe)
        } catch {
            trace("  \(error)")
            if !ends.isDamaged, links[link].process >= 0 {
                ledger.fail(.sealed, "link \(link) fails though nobody touched it: \(error)")
            }
            isSound = false
        }
        if bug == .sealedDelivered, !isSound || !wasEstablished {
            isSound = chunks[chunk].withUnsafeBytes { deliver($0, link, atHost: atHost, &pipe) }
        }
        if atHost, !wasEstablished, engine.phase == .established {
            injected.handshakes += 1
            if engine.isResumed { injected.resumed += 1 }
        }
        if engine.hasOutput { markDirty(link) }
        return isSound
    }

    private func receive(
        _ bytes: UnsafeRawBufferPointer, _ engine: TLSEngine
    ) -> Result<UnsafeRawBufferPointer, TLSFailure> {
        do throws(TLSFailure) { return .success(try engine.receive(bytes)) } catch { return .failure(error) }
    }

    /// Reads frames after a look whether these are the bytes that the other side wrote.
    private func deliver(
        _ plain: UnsafeRawBufferPointer, _ link: Int, atHost: Bool, _ pipe: inout Pipe
    ) -> Bool {
        guard !plain.isEmpty, let ends = protection?.ends[link] else { return true }
        guard (atHost ? ends.toHost : ends.toDaemon).starts(with: plain) else {
            ledger.fail(.sealed, "link \(link) gives bytes that nobody wrote")
            return false
        }
        if atHost { ends.toHost.removeFirst(plain.count) } else { ends.toDaemon.removeFirst(plain.count) }
        do {
            try feed(plain, to: &pipe)
            return true
        } catch {
            trace("  \(error)")
            return false
        }
    }

    /// Whether whoever says hello on this link may become a daemon.
    func mayJoin(_ link: Int) -> Bool {
        guard let protection else { return true }
        let isStranger = links[link].process < 0
        let isTrusted = bug == .roleIgnored || protection.isDaemon(link)
        if isStranger {
            if isTrusted { ledger.fail(.sealed, "a stranger became a daemon") }
            injected.refused += 1
        }
        return isTrusted
    }

    // MARK: Strangers

    /// Somebody who is none of the pool's daemons dials and says hello.
    func strangerDials() {
        guard let protection, !isHealed, !isClosed else { return }
        queue.add(.strangerDials, at: now + 1 + random.below(2 * scenario.strangerEvery))
        let kinds = Protection.Stranger.allCases
        let kind = kinds[random.below(kinds.count)]
        trace("  stranger: \(kind)")
        injected.strangers += 1
        let link = openLink(from: -1)
        if kind != .plain, let failure = protection.connect(kind, link: link) {
            ledger.fail(.sealed, "a stranger cannot dial: \(failure)")
        }
        let hello = Message.hello(Hello(launch: UInt64(1 << 40), terms: DaemonTerms()))
        guard kind == .plain else { return sendToHost(link, hello) }
        // The host has an engine for it, and what it says is not sealed.
        if let failure = protection.connect(.wrongKey, link: link) { ledger.fail(.sealed, "\(failure)") }
        protection.ends[link]?.daemon.takeOutput { _ in }
        var bytes: [UInt8] = []
        var writer = FrameWriter()
        writer.write(hello, into: &bytes)
        postPlain(link, bytes)
    }

    func arriveAtStranger(_ link: Int, _ chunk: Int) {
        defer { freeChunks.append(chunk) }
        guard let engine = protection?.ends[link]?.daemon else { return }
        // That it fails is its own affair.
        if case .success = chunks[chunk].withUnsafeBytes({ receive($0, engine) }), engine.hasOutput {
            markDirty(link)
        }
    }
}
