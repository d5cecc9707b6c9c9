import Foundation
import Hayate
import Synchronization

/// Where the signal handler writes; -1 while nobody listens.
private let interruptPipe = Atomic<Int32>(-1)

/// Turns Ctrl-C and its kin into a call, and the second one into the end of the process.
///
/// Handlers and not ignored signals: a program started meanwhile would inherit that a signal is
/// ignored.
final class Interrupts: Sendable {
    /// What a terminal and a batch system send to end a program.
    static let signals = [SIGINT, SIGTERM, SIGHUP]

    private let writing: OwnedDescriptor
    private let received: FirstSignal

    /// The number of the first signal, for the thread that waits and for those who ask.
    private final class FirstSignal: Sendable {
        let number = Atomic<Int32>(0)
    }

    /// The number of the first signal that came, 0 if none did.
    var first: Int32 { received.number.load(ordering: .acquiring) }

    /// Begins to listen. There must be only one at a time.
    ///
    /// - Parameter onFirst: called on a thread of its own at the first signal.
    /// - Returns: `nil` when the system has no more descriptors.
    init?(_ onFirst: @escaping @Sendable (Int32) -> Void) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let reading = OwnedDescriptor(ends[0])
        let received = FirstSignal()
        writing = OwnedDescriptor(ends[1])
        self.received = received
        Thread.detachNewThread {
            var signal: UInt8 = 0
            while withUnsafeMutableBytes(of: &signal, { readOnce(reading.number, into: $0) }) == 1,
                signal != 0
            {
                let (isFirst, _) = received.number.compareExchange(
                    expected: 0, desired: Int32(signal), ordering: .acquiringAndReleasing)
                // The second time a person means it: without waiting for anything.
                guard isFirst else { _exit(128 + Int32(signal)) }
                onFirst(Int32(signal))
            }
        }
        interruptPipe.store(ends[1], ordering: .releasing)
        for signal in Self.signals { Self.handle(signal) }
    }

    /// Stops listening; signals have their usual effect again.
    func end() {
        for signal in Self.signals { Foundation.signal(signal, SIG_DFL) }
        interruptPipe.store(-1, ordering: .releasing)
        // Zero, which is no signal, ends the thread.
        var zero: UInt8 = 0
        _ = write(writing.number, &zero, 1)
    }

    private static func handle(_ number: Int32) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            // Only what is allowed in a handler: an atomic load and write(2).
            let saved = errno
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(interruptPipe.load(ordering: .acquiring), &byte, 1)
            errno = saved
        }
        action.sa_flags = SA_RESTART
        sigaction(number, &action, nil)
    }
}
