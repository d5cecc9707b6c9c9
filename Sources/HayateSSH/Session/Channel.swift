import CLibSSH
import Glibc
import HayateCore

/// Something that goes on in a session, on the session's thread.
protocol Activity: AnyObject {
    /// Goes on as far as it can: something has changed.
    func advance()
    /// A descriptor of its own is ready.
    func ready(_ events: Readiness.Events)
    /// The time that it asked for has come.
    func timeCame()
    /// The session ends now. It gives up its channel and what else it holds.
    func sessionEnded()
}

extension Activity {
    func ready(_ events: Readiness.Events) {}
    func timeCame() {}
}

/// What uses a channel.
protocol ChannelOwner: Activity {
    /// Takes bytes, not necessarily all; those left are there for `Channel.readAll`. It may not call the library.
    func received(_ bytes: UnsafeRawBufferPointer, isErrors: Bool) -> Int
}

/// A channel of a session.
final class Channel {
    private let raw: ssh_channel
    private unowned let session: SSHSession
    private unowned var owner: any ChannelOwner
    private let callbacks: UnsafeMutablePointer<ssh_channel_callbacks_struct>
    private var isFreed = false

    /// The other side sends nothing more.
    private(set) var hasEOF = false
    private(set) var isClosed = false
    private(set) var exit: ProcessExit?

    /// - Parameter raw: one that the other side opened; nil: a new one.
    /// - Returns: nil where there is no memory.
    init?(_ session: SSHSession, owner: any ChannelOwner, raw: ssh_channel? = nil) {
        guard let raw = raw ?? ssh_channel_new(session.raw) else { return nil }
        self.raw = raw
        self.session = session
        self.owner = owner
        callbacks = .allocate(capacity: 1)
        callbacks.initialize(to: ssh_channel_callbacks_struct())
        callbacks.pointee.size = MemoryLayout<ssh_channel_callbacks_struct>.size
        callbacks.pointee.userdata = Unmanaged.passUnretained(self).toOpaque()
        callbacks.pointee.channel_data_function = { _, _, data, length, isErrors, context in
            guard let data, let context else { return 0 }
            let channel = Unmanaged<Channel>.fromOpaque(context).takeUnretainedValue()
            let bytes = UnsafeRawBufferPointer(start: data, count: Int(length))
            return Int32(channel.owner.received(bytes, isErrors: isErrors != 0))
        }
        callbacks.pointee.channel_eof_function = { _, _, context in
            Channel.from(context)?.changed { $0.hasEOF = true }
        }
        callbacks.pointee.channel_close_function = { _, _, context in
            Channel.from(context)?.changed { $0.isClosed = true }
        }
        callbacks.pointee.channel_exit_status_function = { _, _, status, context in
            Channel.from(context)?.changed { $0.exit = .exited(code: status) }
        }
        callbacks.pointee.channel_exit_signal_function = { _, _, name, core, _, _, context in
            let number = name.flatMap { SignalName.number(String(cString: $0)) } ?? SIGKILL
            Channel.from(context)?.changed { $0.exit = .signalled(number: number, coreDumped: core != 0) }
        }
        ssh_add_channel_callbacks(raw, callbacks)
    }

    deinit {
        free()
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Channel? {
        context.map { Unmanaged<Channel>.fromOpaque($0).takeUnretainedValue() }
    }

    /// From now on this one is told. What is there already it finds by `readAll`.
    func handOver(to owner: any ChannelOwner) { self.owner = owner }

    private func changed(_ body: (Channel) -> Void) {
        body(self)
        session.markReady(owner)
    }

    /// Closes it, if it is open. Before the session is freed.
    func free() {
        guard !isFreed else { return }
        isFreed = true
        ssh_remove_channel_callbacks(raw, callbacks)
        ssh_channel_free(raw)
        callbacks.deinitialize(count: 1)
        callbacks.deallocate()
    }

    // MARK: opening; each is called again while it says SSH_AGAIN

    func openSession() -> Int32 { ssh_channel_open_session(raw) }

    func openConnection(to host: String, _ port: UInt16) -> Int32 {
        ssh_channel_open_forward(raw, host, Int32(port), "127.0.0.1", 0)
    }

    func execute(_ text: String) -> Int32 { ssh_channel_request_exec(raw, text) }

    func startSubsystem(_ name: String) -> Int32 { ssh_channel_request_subsystem(raw, name) }

    // MARK: bytes

    /// How much may be written now.
    var window: Int { Int(ssh_channel_window_size(raw)) }

    /// Returns how many bytes were taken; nil: the channel takes none any more.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard !bytes.isEmpty else { return 0 }
        let count = ssh_channel_write(raw, bytes.baseAddress, UInt32(bytes.count))
        session.hasWritten()
        return count < 0 ? nil : Int(count)
    }

    func sendEOF() {
        ssh_channel_send_eof(raw)
        session.hasWritten()
    }

    func sendSignal(_ name: String) { ssh_channel_request_send_signal(raw, name) }

    /// All that `received` has left. All: each reading opens the window again, so that reading piece by piece would
    /// have more come than was read.
    func readAll() -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let count = ssh_channel_poll(raw, 0)
            guard count > 0 else { return bytes }
            let more = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
                initialized = max(
                    0, Int(ssh_channel_read_nonblocking(raw, buffer.baseAddress, UInt32(count), 0)))
            }
            guard !more.isEmpty else { return bytes }
            bytes = bytes.isEmpty ? more : bytes + more
        }
    }
}

/// Signals by their names in the protocol (RFC 4254, section 6.10), which are the system's without SIG.
enum SignalName {
    private static let numbers: [String: Int32] = [
        "ABRT": SIGABRT, "ALRM": SIGALRM, "BUS": SIGBUS, "FPE": SIGFPE, "HUP": SIGHUP, "ILL": SIGILL, "INT": SIGINT,
        "KILL": SIGKILL, "PIPE": SIGPIPE, "QUIT": SIGQUIT, "SEGV": SIGSEGV, "TERM": SIGTERM, "TRAP": SIGTRAP,
        "USR1": SIGUSR1, "USR2": SIGUSR2, "XCPU": SIGXCPU, "XFSZ": SIGXFSZ,
    ]

    /// Servers add a part behind `@` to names that are theirs, as `SIG@openssh.com`.
    static func number(_ name: String) -> Int32? { numbers[name] }
}
