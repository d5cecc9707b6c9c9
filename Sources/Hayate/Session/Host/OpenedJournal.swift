import HayateJournal
import HayateLaunch
import HayateWire

/// A session's journal with what it knew.
struct OpenedJournal {
    let journal: Journal
    var contents: JournalContents
    let facts: HostFacts

    /// - Throws: `HayateError.journalFailed` with the remedy.
    init(_ directory: SessionDirectory, acceptsGaps: Bool) throws(HayateError) {
        var options = JournalOptions()
        options.acceptsGaps = acceptsGaps
        do throws(JournalError) {
            journal = try Journal(at: directory.path, options: options)
        } catch {
            throw HayateError(error)
        }
        do throws(JournalError) {
            contents = try journal.recover()
        } catch {
            journal.close()
            throw HayateError(error)
        }
        facts = HostFacts(after: contents.notes[HostFacts.noteName])
        // On another machine, nobody can be waited for at the old address.
        if let last = facts.lastMachine, last != facts.host.machine {
            contents.notes[Durability.endpointNote] = nil
        }
    }
}

/// A host of a session among all that there were.
struct HostFacts: Sendable {
    let host: HostProcess
    /// Seconds since 1970.
    let started: Double
    let created: Double
    /// How often a host was started.
    let epoch: Int
    /// The number that the next submission gets.
    let nextSubmission: UInt32
    let lastMachine: String?

    static let noteName = "session"

    private struct Note: Codable {
        var created: Double
        var epoch: Int
        var nextSubmission: UInt32
        var machine: String
    }

    init(after note: [UInt8]?) {
        let last = note.flatMap { try? BinaryDecoder().decode(Note.self, from: $0) }
        host = HostProcess.current()
        started = WallClock.seconds
        created = last?.created ?? started
        epoch = (last?.epoch ?? 0) + 1
        nextSubmission = last?.nextSubmission ?? 0
        lastMachine = last?.machine
    }

    func written(nextSubmission: UInt32? = nil) -> [UInt8] {
        let note = Note(
            created: created, epoch: epoch, nextSubmission: nextSubmission ?? self.nextSubmission, machine: host.machine)
        return (try? BinaryEncoder().encode(note)) ?? []
    }
}
