import Foundation
import Hayate
import HayateView
import Synchronization

/// Where the signal handler writes; -1 while nobody listens.
private let screenPipe = Atomic<Int32>(-1)

/// A terminal that one program has for itself: keys come one by one, and the screen is another than the shell's. It is
/// put back as it was on every way out that a program has, also for the time in which it is stopped (Ctrl-Z).
final class FullScreen: Sendable {
    enum Event: Sendable {
        case keys([TopKey])
        /// Another size, or the screen has to be drawn anew.
        case changed(Screen.Size)
        /// Nobody wants it any more; the number of the signal, or 0: there are no more keys.
        case ended(Int32)
    }

    private static let signals = [SIGWINCH, SIGTSTP, SIGCONT, SIGINT, SIGTERM, SIGHUP, SIGQUIT]
    /// How long the rest of a key's sequence may take.
    private static let escapeMilliseconds: Int32 = 50

    private let input: Int32
    private let output: Int32
    private let before: termios
    private let reading: OwnedDescriptor
    private let writing: OwnedDescriptor
    private let isEntered = Mutex(false)

    /// nil: one of them is no terminal.
    init?(input: Int32, output: Int32) {
        var before = termios()
        var ends: [Int32] = [-1, -1]
        guard Terminal.isTerminal(output), tcgetattr(input, &before) == 0, pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (self.input, self.output, self.before) = (input, output, before)
        (reading, writing) = (OwnedDescriptor(ends[0]), OwnedDescriptor(ends[1]))
    }

    var size: Screen.Size {
        var size = winsize()
        guard ioctl(output, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return Screen.Size(columns: 80, rows: 24)
        }
        return Screen.Size(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }

    /// Takes the terminal, and tells on a thread of its own what happens.
    func begin(_ tell: @escaping @Sendable (Event) -> Void) {
        enter()
        screenPipe.store(writing.number, ordering: .releasing)
        for signal in Self.signals { Self.handle(signal) }
        Thread.detachNewThread { self.listen(tell) }
    }

    /// Gives the terminal back.
    func end() {
        leave()
        for signal in Self.signals { Foundation.signal(signal, SIG_DFL) }
        screenPipe.store(-1, ordering: .releasing)
        // Zero, which is no signal, ends the thread.
        var zero: UInt8 = 0
        _ = write(writing.number, &zero, 1)
    }

    /// - Returns: false if there is no terminal any more.
    func show(_ text: String) -> Bool {
        // In one turn with `leave`: nothing is drawn on the shell's screen.
        isEntered.withLock { isEntered in
            !isEntered || text.isEmpty || Array(text.utf8).withUnsafeBytes { writeAll($0, to: output) } == 0
        }
    }

    private func enter() {
        isEntered.withLock { isEntered in
            isEntered = true
            _ = Array(ScreenUpdate.enter.utf8).withUnsafeBytes { writeAll($0, to: output) }
        }
        setUp()
    }

    /// Keys come one by one and are not shown; Ctrl-C and Ctrl-Z stay signals.
    private func setUp() {
        isEntered.withLock { isEntered in
            guard isEntered else { return }
            var single = before
            single.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
            single.c_iflag &= ~tcflag_t(IXON)
            withUnsafeMutableBytes(of: &single.c_cc) { characters in
                characters[Int(VMIN)] = 1
                characters[Int(VTIME)] = 0
            }
            tcsetattr(input, TCSADRAIN, &single)
        }
    }

    private func leave() {
        isEntered.withLock { isEntered in
            guard isEntered else { return }
            isEntered = false
            _ = Array(ScreenUpdate.leave.utf8).withUnsafeBytes { writeAll($0, to: output) }
            var before = before
            tcsetattr(input, TCSADRAIN, &before)
        }
    }

    private func listen(_ tell: (Event) -> Void) {
        var reader = TopKeyReader()
        var isEnding = false
        var descriptors = [
            pollfd(fd: input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: reading.number, events: Int16(POLLIN), revents: 0),
        ]
        var buffer = [UInt8](repeating: 0, count: 1024)
        while true {
            let count = poll(&descriptors, 2, reader.isWithin ? Self.escapeMilliseconds : -1)
            if count < 0 && errno != EINTR { return tell(.ended(0)) }
            if count == 0 { tell(.keys(reader.end())) }
            guard count > 0 else { continue }
            if descriptors[1].revents != 0 {
                var number: UInt8 = 0
                let isThere = withUnsafeMutableBytes(of: &number) { readOnce(reading.number, into: $0) } == 1
                guard isThere, number != 0 else { return }
                switch Int32(number) {
                case SIGWINCH: tell(.changed(size))
                case SIGTSTP:
                    pause()
                    tell(.changed(size))
                case SIGCONT:
                    // Whoever has stopped it, a shell may have had the terminal since.
                    setUp()
                    tell(.changed(size))
                default:
                    // The second time a person means it: without waiting for anything.
                    if isEnding {
                        leave()
                        _exit(128 + Int32(number))
                    }
                    isEnding = true
                    tell(.ended(Int32(number)))
                }
            }
            if descriptors[0].revents != 0 {
                let count = buffer.withUnsafeMutableBytes { readOnce(input, into: $0) }
                guard count > 0 else {
                    tell(.ended(0))
                    descriptors[0].fd = -1
                    continue
                }
                tell(.keys(reader.keys(buffer[..<count])))
            }
        }
    }

    /// Stops the process until it shall go on, with the terminal as its shell knows it. Without a shell that could let it
    /// go on, the system does not stop it.
    private func pause() {
        leave()
        Foundation.signal(SIGTSTP, SIG_DFL)
        // Threads of Swift's pool, and those that they start, take no signals.
        var stopping = sigset_t()
        sigemptyset(&stopping)
        sigaddset(&stopping, SIGTSTP)
        pthread_sigmask(SIG_UNBLOCK, &stopping, nil)
        // For this thread: it is stopped in here, and not after it handles the signal again.
        raise(SIGTSTP)
        Self.handle(SIGTSTP)
        enter()
    }

    private static func handle(_ number: Int32) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            // Only what is allowed in a handler: an atomic load and write(2).
            let saved = errno
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(screenPipe.load(ordering: .acquiring), &byte, 1)
            errno = saved
        }
        action.sa_flags = SA_RESTART
        sigaction(number, &action, nil)
    }
}
