import HayateCore
import HayateWire

/// The network: frames become bytes, bytes arrive late, in pieces, or not at all.
extension World {
    // MARK: Sending

    func sendToDaemon(_ link: Int, _ message: Message) {
        switch message {
        // Nothing is known by them.
        case .ping, .pong: sendNow(link, message)
        default: out(.frame(link: link, message))
        }
    }

    func sendNow(_ link: Int, _ message: Message) {
        if isTracing { trace("  host -> \(links[link].process) [\(link)]: \(brief(message))") }
        write(message, to: &links[link].toDaemon)
        markDirty(link)
    }

    func sendToHost(_ link: Int, _ message: Message) {
        if isTracing { trace("  \(links[link].process) -> host [\(link)]: \(brief(message))") }
        write(message, to: &links[link].toHost)
        markDirty(link)
    }

    private func write(_ message: Message, to pipe: inout Pipe) {
        guard !pipe.isDead else { return }
        let start = pipe.outgoing.count
        pipe.writer.write(message, into: &pipe.outgoing)
        guard !isHealed else { return }
        if random.chance(scenario.dropShare) {
            pipe.outgoing.removeSubrange(start...)
            injected.dropped += 1
            trace("  the frame is dropped")
        } else if random.chance(scenario.duplicateShare) {
            pipe.outgoing.append(contentsOf: Array(pipe.outgoing[start...]))
            injected.duplicated += 1
        }
    }

    func markDirty(_ link: Int) {
        guard !links[link].isDirty else { return }
        links[link].isDirty = true
        dirtyLinks.append(link)
    }

    /// Sends what was written during this event.
    func flush() {
        for link in dirtyLinks {
            links[link].isDirty = false
            let process = links[link].process
            flush(link, process, isToHost: true)
            flush(link, process, isToHost: false)
        }
        dirtyLinks.removeAll(keepingCapacity: true)
    }

    private func flush(_ link: Int, _ process: Int, isToHost: Bool) {
        var pipe = Pipe()
        if isToHost { swap(&pipe, &links[link].toHost) } else { swap(&pipe, &links[link].toDaemon) }
        defer {
            if isToHost { swap(&pipe, &links[link].toHost) } else { swap(&pipe, &links[link].toDaemon) }
        }
        if protection != nil, !pipe.isDead { seal(link, &pipe, isToHost: isToHost) }
        guard !pipe.outgoing.isEmpty else { return }
        if pipe.outgoing.count > 1, random.chance(scenario.splitShare) {
            let middle = 1 + random.below(pipe.outgoing.count - 1)
            let rest = Array(pipe.outgoing[middle...])
            pipe.outgoing.removeSubrange(middle...)
            post(link, process, &pipe, isToHost: isToHost)
            pipe.outgoing = rest
        }
        post(link, process, &pipe, isToHost: isToHost)
    }

    private func post(_ link: Int, _ process: Int, _ pipe: inout Pipe, isToHost: Bool) {
        let arrival = max(pipe.lastArrival, now + delay())
        pipe.lastArrival = arrival
        let chunk: Int
        if let free = freeChunks.popLast() {
            chunk = free
        } else {
            chunks.append([])
            chunk = chunks.count - 1
        }
        swap(&chunks[chunk], &pipe.outgoing)
        pipe.outgoing.removeAll(keepingCapacity: true)
        queue.add(
            isToHost
                ? .arriveAtHost(link: link, chunk: chunk)
                : .arriveAtDaemon(process: process, link: link, chunk: chunk),
            at: arrival)
    }

    /// Sends bytes to the host that no engine has seen.
    func postPlain(_ link: Int, _ bytes: [UInt8]) {
        links[link].toHost.outgoing = bytes
        post(link, links[link].process, &links[link].toHost, isToHost: true)
    }

    /// One way through the network: mostly the usual time, sometimes ten times it.
    func delay() -> Int64 {
        let usual = scenario.latency / 2 + random.below(scenario.latency)
        return random.below(50) == 0 ? 10 * usual : usual
    }

    // MARK: Receiving

    /// Reads the messages of a piece into `inbox`; false if the bytes are not what they should be.
    func read(_ chunk: Int, of link: Int, atHost: Bool, from pipe: inout Pipe) -> Bool {
        inbox.removeAll(keepingCapacity: true)
        defer { freeChunks.append(chunk) }
        guard now <= pipe.cutAt else { return true }
        if protection != nil { return open(chunk, link, atHost: atHost, &pipe) }
        do {
            try chunks[chunk].withUnsafeBytes { try feed($0, to: &pipe) }
            return true
        } catch {
            trace("  \(error)")
            return false
        }
    }

    func feed(_ bytes: UnsafeRawBufferPointer, to pipe: inout Pipe) throws {
        var bytes = bytes
        if var large = pipe.large {
            let count = min(large.missing, bytes.count)
            large.arrived.append(contentsOf: bytes[..<count])
            large.missing -= count
            bytes = UnsafeRawBufferPointer(rebasing: bytes[count...])
            pipe.large = large
            guard large.missing == 0 else { return }
            pipe.large = nil
            try pipe.reader.takeBody(large.arrived, accept)
        }
        guard !bytes.isEmpty else { return }
        pipe.large = try pipe.reader.take(bytes, accept)
    }

    private func accept(_ message: Message, _ reader: inout FrameReader) {
        // The limit rises with the frame that admits, before the next one is looked at.
        switch message {
        case .hello, .welcome: reader.limit = Wire.limitAfterAdmission
        default: break
        }
        inbox.append(message)
    }

    // MARK: Connections

    func openLink(from process: Int) -> Int {
        links.append(Link(process: process, openedAt: now))
        let link = links.count - 1
        if process >= 0, let failure = protection?.connect(process: process, link: link) {
            ledger.fail(.sealed, "process \(process) cannot dial: \(failure)")
        }
        return link
    }

    /// The daemon's end was closed, on purpose or because its process died. What it sent before
    /// still arrives, unless `losing`.
    func closeAtDaemon(_ link: Int, losing: Bool) {
        guard !links[link].toHost.isDead else { return }
        flush()
        links[link].toHost.isDead = true
        links[link].toDaemon.cutAt = now
        if losing { links[link].toHost.cutAt = cutTime(links[link].toHost) }
        queue.add(.endAtHost(link: link), at: max(links[link].toHost.lastArrival, now + delay()))
    }

    /// The host closed its end: it reads nothing more from this connection.
    func closeAtHost(_ link: Int) {
        guard links[link].hostEnd != .closed else { return }
        links[link].hostEnd = .closed
        // After what was sent before.
        out(.close(link: link))
    }

    func closePipe(_ link: Int) {
        guard !links[link].toDaemon.isDead else { return }
        flush()
        links[link].toDaemon.isDead = true
        queue.add(
            .endAtDaemon(process: links[link].process, link: link),
            at: max(links[link].toDaemon.lastArrival, now + delay()))
    }

    /// The network cuts the connection: both learn of it, and what is on its way may be lost.
    func cut(_ link: Int) {
        for isToHost in [true, false] {
            let pipe = isToHost ? links[link].toHost : links[link].toDaemon
            let cutAt = random.chance(0.7) ? cutTime(pipe) : Int64.max
            let end = max(random.chance(0.5) ? pipe.lastArrival : now, now) + delay()
            if isToHost {
                links[link].toHost.cutAt = min(cutAt, pipe.cutAt)
                links[link].toHost.isDead = true
                queue.add(.endAtHost(link: link), at: end)
            } else {
                links[link].toDaemon.cutAt = min(cutAt, pipe.cutAt)
                links[link].toDaemon.isDead = true
                queue.add(.endAtDaemon(process: links[link].process, link: link), at: end)
            }
        }
    }

    /// The network swallows everything from now on, and nobody is told.
    func swallow(_ link: Int) {
        links[link].isBlackhole = true
        links[link].toHost.isDead = true
        links[link].toHost.cutAt = cutTime(links[link].toHost)
        links[link].toDaemon.isDead = true
        links[link].toDaemon.cutAt = cutTime(links[link].toDaemon)
    }

    /// Some moment while the last bytes are still on their way: what arrives later is lost.
    private func cutTime(_ pipe: Pipe) -> Int64 {
        now + random.below(max(1, pipe.lastArrival - now + 1))
    }

    func brief(_ message: Message) -> String {
        switch message {
        case .assign(let attempt, _, _): "assign \(attempt)"
        case .finished(let attempt, let status, _, _): "finished \(attempt) \(status)"
        case .hello(let hello): "hello \(hello.session.map { "session \($0.low)" } ?? "new")"
        case .welcome(let welcome):
            "welcome resumed=\(welcome.isResumed) received=\(welcome.received)"
        default: "\(message)"
        }
    }
}
