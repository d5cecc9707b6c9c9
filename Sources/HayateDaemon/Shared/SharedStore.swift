import HayateWire
import Synchronization

/// The contents that a daemon's host shares with it, by the host's numbers.
package final class SharedStore: Sendable {
    private enum Entry {
        case region(SharedRegion)
        /// Announced, but not to be had.
        case missing(SharedError)
    }

    private let entries = Mutex<[UInt64: Entry]>([:])

    package init() {}

    /// The number stands for the content of a file of this machine.
    package func add(_ number: UInt64, _ file: MemoryFile, context: CodingContext?) {
        // On a new connection the host says again what this daemon may have.
        guard !contains(number) else { return }
        do throws(SharedError) {
            set(number, .region(SharedRegion(try SealedFile.open(file), context: context, numberAtHost: number)))
        } catch {
            set(number, .missing(error))
        }
    }

    /// The number stands for these bytes.
    package func add(_ number: UInt64, _ bytes: [UInt8], context: CodingContext?) {
        guard !contains(number) else { return }
        set(number, .region(SharedRegion(received: bytes, context: context, numberAtHost: number)))
    }

    /// No task will mean the number any more. Those that read its content go on reading it.
    package func remove(_ number: UInt64) {
        let removed = entries.withLock { $0.removeValue(forKey: number) }
        withExtendedLifetime(removed) {}
    }

    /// All numbers are another host's from now on.
    package func removeAll() {
        let removed = entries.withLock { entries in
            defer { entries = [:] }
            return entries
        }
        withExtendedLifetime(removed) {}
    }

    /// - Throws: `SharedError` with what is wrong with this number.
    package func region(_ number: UInt64) throws(SharedError) -> SharedRegion {
        switch entries.withLock({ $0[number] }) {
        case .region(let region): return region
        case .missing(let error):
            throw SharedError("shared content that the task means cannot be read: \(error)")
        case nil:
            throw SharedError(
                "the task means shared content number \(number), which this daemon was not given; content "
                    + "of 1 GiB and more reaches only daemons on the host's machine that can read its "
                    + "memory files")
        }
    }

    /// What the host calls this content; nil if it is none of those that it shares.
    func number(of region: SharedRegion) -> UInt64? {
        guard let number = region.numberAtHost else { return nil }
        // It may be another host's, of which this process is a guest as well.
        return entries.withLock { entries in
            if case .region(let known) = entries[number], known === region { number } else { nil }
        }
    }

    private func contains(_ number: UInt64) -> Bool {
        entries.withLock { entries in
            if case .region = entries[number] { true } else { false }
        }
    }

    private func set(_ number: UInt64, _ entry: Entry) { entries.withLock { $0[number] = entry } }
}
