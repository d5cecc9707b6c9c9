import Glibc

/// Listens at an address of this machine, and hands the bytes of everybody who dials there on to a port of
/// 127.0.0.1, and back. It understands nothing of them.
///
/// One thread for all; where one side is slow, the other is not read from.
public final class ByteRelay {
    /// A name or an address, without brackets.
    public let host: String
    public let port: UInt16
    private let target: UInt16
    private let listener: Int32
    private var pairs: [RelayedPair] = []
    /// Until when nobody is let in, because there are no more sockets.
    private var pausesUntil: ContinuousClock.Instant?

    /// - Parameters:
    ///   - ports: the first that is free is taken; 0: any.
    ///   - target: a port of 127.0.0.1.
    /// - Throws: why it cannot listen at the last of the ports.
    public init(at host: String, ports: [UInt16], to target: UInt16) throws(AddressError) {
        var last = AddressError("there is no port to listen at")
        for port in ports {
            do throws(AddressError) {
                let listening = try StreamSocket.listen(at: host, port)
                self.host = host
                self.port = listening.port
                self.target = target
                listener = listening.socket
                return
            } catch {
                last = error
            }
        }
        throw last
    }

    deinit {
        close(listener)
        for pair in pairs { pair.close() }
    }

    /// The connections that it has now.
    public var connections: Int { pairs.count }

    /// Hands bytes on, on this thread.
    /// - Parameter goesOn: asked at least twice a second.
    public func run(while goesOn: () -> Bool) {
        while goesOn() { turn() }
    }

    private func turn() {
        if let until = pausesUntil, ContinuousClock.now >= until { pausesUntil = nil }
        var entries = [pollfd(fd: pausesUntil == nil ? listener : -1, events: Int16(POLLIN), revents: 0)]
        entries.reserveCapacity(1 + 2 * pairs.count)
        for pair in pairs {
            let (caller, target) = pair.interests
            entries.append(caller)
            entries.append(target)
        }
        guard poll(&entries, nfds_t(entries.count), 250) > 0 else { return }
        for index in pairs.indices.reversed() {
            let (caller, target) = (entries[1 + 2 * index].revents, entries[2 + 2 * index].revents)
            guard caller | target != 0, !pairs[index].go(caller, target) else { continue }
            pairs[index].close()
            pairs.remove(at: index)
        }
        if entries[0].revents != 0 { admit() }
    }

    private func admit() {
        while let caller = StreamSocket.accept(listener) {
            guard let dialled = StreamSocket.dial(target) else {
                close(caller)
                return
            }
            pairs.append(RelayedPair(caller: caller, target: dialled))
        }
        // Who waits is told of again and again.
        if errno == EMFILE || errno == ENFILE || errno == ENOMEM { pausesUntil = .now + .seconds(1) }
    }
}
