import CLibSSH
import Glibc

/// Hands the bytes of a channel on to a local socket and back, the ends of both directions too.
final class Pump: ChannelOwner {
    /// What waits for the local socket at most, before the channel's window is left to close.
    private static let pendingLimit = 256 << 10

    private unowned let session: SSHSession
    private var channel: Channel!
    private var socket: Int32
    private var key: UInt64 = 0
    private var events: Readiness.Events
    /// The addresses that are left to try if this one does not answer.
    private var addresses: ArraySlice<HostAddress>
    private var isConnecting: Bool
    /// From the channel, for the socket.
    private var pending: [UInt8] = []
    private var pendingStart = 0
    /// The channel has kept bytes back.
    private var hasLeftOver = false
    private var hasShutDown = false
    /// From the socket, for the channel.
    private var unsent: [UInt8] = []
    private var localEnded = false
    private var isBroken = false

    /// With a socket that is connected, and the channel that `use` gives it.
    init(_ session: SSHSession, socket: Int32) {
        self.session = session
        self.socket = socket
        addresses = []
        isConnecting = false
        events = .read
    }

    /// Connects to the first of these addresses that answers. Nil where no channel can be had.
    init?(_ session: SSHSession, raw: ssh_channel, to addresses: [HostAddress]) {
        self.session = session
        socket = -1
        self.addresses = addresses[...]
        isConnecting = true
        events = .write
        guard let channel = Channel(session, owner: self, raw: raw) else { return nil }
        self.channel = channel
    }

    /// Starts to pump, on a channel that is open.
    func use(_ channel: Channel) {
        self.channel = channel
        hasLeftOver = true
    }

    func begin() {
        session.add(self)
        if isConnecting { connectNext() } else { watch() }
    }

    private func watch() {
        key = session.addDescriptor(socket, events, for: self)
    }

    private func connectNext() {
        while let address = addresses.popFirst() {
            let (descriptor, _) = HostSocket.begin(address)
            guard descriptor >= 0 else { continue }
            socket = descriptor
            if address.family != AF_UNIX { HostSocket.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
            return watch()
        }
        isBroken = true
        session.markReady(self)
    }

    // MARK: from the channel

    func received(_ bytes: UnsafeRawBufferPointer, isErrors: Bool) -> Int {
        if isErrors || isBroken { return bytes.count }
        if hasLeftOver || pending.count - pendingStart >= Self.pendingLimit {
            hasLeftOver = true
            return 0
        }
        var sent = 0
        if pending.isEmpty && !isConnecting { sent = send(bytes) }
        if sent < bytes.count {
            pending.append(contentsOf: bytes[sent...])
            session.markReady(self)
        }
        return bytes.count
    }

    /// Returns how many bytes the socket took.
    private func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        let count = Glibc.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        if count >= 0 { return count }
        if errno != EAGAIN && errno != EINTR {
            isBroken = true
            session.markReady(self)
        }
        return 0
    }

    private func flush() {
        while !isBroken {
            if pendingStart < pending.count {
                let sent = pending.withUnsafeBytes { send(UnsafeRawBufferPointer(rebasing: $0[pendingStart...])) }
                pendingStart += sent
                if pendingStart < pending.count { return }
            }
            pending.removeAll(keepingCapacity: pending.capacity <= Self.pendingLimit)
            pendingStart = 0
            guard hasLeftOver else { return }
            // More may come while it is read, and has to stay behind what is there.
            pending = channel.readAll()
            hasLeftOver = false
        }
    }

    // MARK: from the socket

    func ready(_ found: Readiness.Events) {
        if isConnecting {
            let failure = HostSocket.pendingError(of: socket)
            if failure == 0 {
                isConnecting = false
            } else {
                session.removeDescriptor(socket, key: key)
                close(socket)
                socket = -1
                connectNext()
                return
            }
        }
        if found.contains(.read) || !found.isDisjoint(with: .broken) { readSocket() }
        advance()
    }

    private func readSocket() {
        // A little at a time, so that others get their turn.
        guard !localEnded, !isBroken, unsent.isEmpty else { return }
        let room = session.isClogged ? 0 : min(channel.window, session.scratch.count)
        guard room > 0 else {
            session.setAttentive(self, true)
            return
        }
        let count = recv(socket, session.scratch.baseAddress, room, Int32(MSG_DONTWAIT))
        if count > 0 {
            let bytes = UnsafeRawBufferPointer(rebasing: session.scratch[..<count])
            guard let taken = channel.write(bytes) else {
                isBroken = true
                return
            }
            if taken < count {
                unsent = Array(bytes[taken...])
                session.setAttentive(self, true)
            }
        } else if count == 0 {
            localEnded = true
            channel.sendEOF()
        } else if errno != EAGAIN && errno != EINTR {
            isBroken = true
        }
    }

    // MARK: both

    func advance() {
        if isConnecting && !isBroken && !channel.isClosed { return }
        if !isBroken && !isConnecting {
            flush()
            sendUnsent()
            if pending.isEmpty && !hasLeftOver && (channel.hasEOF || channel.isClosed) && !hasShutDown {
                hasShutDown = true
                shutdown(socket, Int32(SHUT_WR))
            }
        }
        let isOver = isBroken || (hasShutDown && (localEnded && unsent.isEmpty || channel.isClosed))
            || (isConnecting && channel.isClosed)
        if isOver { finish() } else { updateEvents() }
    }

    private func sendUnsent() {
        if !unsent.isEmpty {
            guard let taken = unsent.withUnsafeBytes({ channel.write($0) }) else {
                isBroken = true
                return
            }
            unsent.removeFirst(taken)
        }
        let mayRead = unsent.isEmpty && !session.isClogged && channel.window > 0
        if mayRead { session.setAttentive(self, false) }
    }

    private func updateEvents() {
        var wanted: Readiness.Events = []
        let isHeldUp = session.attentive[ObjectIdentifier(self)] != nil
        if !localEnded && !isHeldUp { wanted.insert(.read) }
        if !pending.isEmpty { wanted.insert(.write) }
        guard wanted != events else { return }
        // Out of the list altogether when nothing is wanted: that the other end has gone is told there always, and
        // again and again.
        if wanted.isEmpty {
            session.readiness.remove(socket)
        } else if events.isEmpty {
            session.readiness.add(socket, wanted, key: key)
        } else {
            session.readiness.set(socket, wanted, key: key)
        }
        events = wanted
    }

    private func finish() {
        if socket >= 0 {
            session.removeDescriptor(socket, key: key)
            close(socket)
            socket = -1
        }
        channel.free()
        session.remove(self)
    }

    func sessionEnded() {
        if socket >= 0 { close(socket) }
        socket = -1
        channel.free()
    }
}
