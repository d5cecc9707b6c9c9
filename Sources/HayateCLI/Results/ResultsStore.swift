import Foundation
import Hayate
import Synchronization

/// A results directory in use by one run; `ResultsLayout` shows what is in it.
///
/// An element's output files are complete before its line is appended: after a crash of the process
/// at any moment, what has a line is whole, and what has none runs again.
final class ResultsStore: Sendable {
    let layout: ResultsLayout
    /// The sweep's seed: the one asked for, or that of the first run in this directory.
    let seed: UInt64
    /// Lines of `outcomes.jsonl` that were damaged and are left out.
    let damagedLines: Int
    private let lock: DirectoryLock
    private let fileMode: mode_t
    private let state: Mutex<State>

    private struct State {
        var log: OutcomeLog
        var occurrences: [ElementKey: Int] = [:]
        var shards: Set<String> = []
        var lastSynchronized = ContinuousClock.now
    }

    /// How often the log is forced to the disk, against a loss of power.
    private static let synchronizeInterval = Duration.seconds(5)

    /// Opens or makes the directory.
    ///
    /// - Parameters:
    ///   - sweep: what is to be run; its seed is used if there is none yet.
    ///   - requestedSeed: the seed if the user gave one; it must be that of earlier results.
    ///   - isFresh: deletes earlier results first.
    /// - Throws: when it is in use, holds something else, or the results of another sweep.
    init(
        directory: String, sweep: SweepDescription, requestedSeed: UInt64?, isFresh: Bool
    ) throws {
        let layout = ResultsLayout(directory: directory)
        self.layout = layout
        let files = FileManager.default
        do {
            try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw CommandLineError.resultsFailed(directory, systemMessage())
        }
        let found = (try? files.contentsOfDirectory(atPath: directory)) ?? []
        let isOurs = found.contains("sweep.json") || found.allSatisfy { $0 == "lock" }
        guard isOurs else { throw CommandLineError.notResults(directory) }
        lock = try DirectoryLock(layout.lock, directory: directory)
        if isFresh { try Self.clear(layout) }

        var sweep = sweep
        if let earlier = try Self.readSweep(layout) {
            if let difference = earlier.difference(
                from: sweep.command, usesShell: sweep.usesShell, seed: requestedSeed)
            {
                throw CommandLineError.otherSweep(directory, difference)
            }
            sweep.seed = earlier.seed
            sweep.created = earlier.created
        }
        guard let seed = UInt64(sweep.seed) else {
            throw CommandLineError.damagedResults(layout.sweep, "its seed is not a number")
        }
        self.seed = seed
        try Self.write(sweep, to: layout)
        let log = try OutcomeLog(layout.outcomes)
        damagedLines = log.damagedLines
        // There is no way to ask for the mask without setting it.
        let mask = umask(0o022)
        umask(mask)
        fileMode = 0o666 & ~mask
        state = Mutex(State(log: log))
    }

    /// The key of an element, and what an earlier run recorded if it succeeded and its outputs are
    /// still there. To be called once per element, in input order.
    func identify(
        _ element: InputElement, arguments: [String]
    ) -> (key: ElementKey, earlier: OutcomeRecord?) {
        let plain = ElementKey(arguments: arguments, values: element.values)
        let (key, earlier) = state.withLock { state in
            let occurrence = state.occurrences[plain, default: 0]
            state.occurrences[plain] = occurrence + 1
            let key = plain.occurrence(occurrence)
            guard let entry = state.log.entries[key], entry.isSuccess else {
                return (key, nil as OutcomeRecord?)
            }
            return (key, state.log.record(entry))
        }
        guard var record = earlier, record.key == key,
            isThere(record.standardOutputPath, bytes: record.standardOutputBytes),
            record.standardErrorPath == nil
                || isThere(record.standardErrorPath, bytes: record.standardErrorBytes)
        else { return (key, nil) }
        record.index = element.index
        return (key, record)
    }

    private func isThere(_ path: String?, bytes: Int) -> Bool {
        guard let path, ResultsLayout.isOutputPath(path) else { return false }
        var status = stat()
        return lstat("\(layout.directory)/\(path)", &status) == 0
            && status.st_mode & S_IFMT == S_IFREG && Int(status.st_size) == bytes
    }

    /// Keeps an outcome: first its outputs, then its line.
    ///
    /// - Returns: the record with the paths of the outputs.
    func record(_ record: OutcomeRecord, _ outcome: ElementOutcome) throws -> OutcomeRecord {
        guard let key = record.key else { return record }
        var record = record
        try state.withLock { state in
            let owner = state.log.owners[record.index]
            let isPlain = owner == nil || owner == key
            if isPlain { state.log.claim(index: record.index, for: key) }
            let stem = ResultsLayout.outputStem(index: record.index, key: isPlain ? nil : key)
            try makeShard(of: stem, &state)
            record.standardOutputPath = stem + ".out"
            try write(outcome.standardOutput, to: stem + ".out")
            if outcome.standardError.byteCount > 0 {
                record.standardErrorPath = stem + ".err"
                try write(outcome.standardError, to: stem + ".err")
            }
            try state.log.append(record)
            let now = ContinuousClock.now
            if now - state.lastSynchronized > Self.synchronizeInterval {
                try state.log.synchronize()
                state.lastSynchronized = now
            }
        }
        return record
    }

    /// Has the disk hold everything. To be called at the end.
    func close() throws {
        try state.withLock { try $0.log.synchronize() }
    }

    /// The whole path of one that a record holds.
    func path(_ relative: String) -> String { "\(layout.directory)/\(relative)" }

    private func makeShard(of stem: String, _ state: inout State) throws {
        guard let slash = stem.lastIndex(of: "/") else { return }
        let shard = String(stem[..<slash])
        guard state.shards.insert(shard).inserted else { return }
        for directory in [layout.output, path(shard)] {
            guard mkdir(directory, 0o777) == 0 || errno == EEXIST else {
                throw CommandLineError.resultsFailed(directory, systemMessage())
            }
        }
    }

    private func write(_ output: CapturedOutput, to relative: String) throws {
        let path = path(relative)
        if case .file(let source) = output.content {
            if rename(source, path) == 0 {
                // Capture files are private to their user; results have the rights of any file
                // made.
                chmod(path, fileMode)
                return
            }
            guard errno == EXDEV else {
                throw CommandLineError.resultsFailed(path, systemMessage())
            }
        }
        let number = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard number >= 0 else { throw CommandLineError.resultsFailed(path, systemMessage()) }
        let file = OwnedDescriptor(number)
        switch output.content {
        case .bytes(let bytes):
            let failure = bytes.withUnsafeBytes { writeAll($0, to: file.number) }
            guard failure == 0 else {
                throw CommandLineError.resultsFailed(path, systemMessage(failure))
            }
        case .file(let source):
            try OutputFile.forEachChunk(of: source) { chunk in
                let failure = writeAll(chunk, to: file.number)
                guard failure == 0 else {
                    throw CommandLineError.resultsFailed(path, systemMessage(failure))
                }
            }
            unlink(source)
        }
    }
}

extension ResultsStore {
    private static func readSweep(_ layout: ResultsLayout) throws -> SweepDescription? {
        guard let data = FileManager.default.contents(atPath: layout.sweep) else {
            guard access(layout.sweep, F_OK) != 0 else {
                throw CommandLineError.cannotRead(layout.sweep, systemMessage(EACCES))
            }
            return nil
        }
        struct Format: Decodable { var format: Int }
        do {
            let decoder = JSONDecoder()
            guard try decoder.decode(Format.self, from: data).format
                <= SweepDescription.currentFormat
            else { throw CommandLineError.newerResults(layout.directory) }
            return try decoder.decode(SweepDescription.self, from: data)
        } catch let error as CommandLineError {
            throw error
        } catch {
            throw CommandLineError.damagedResults(layout.sweep, "it does not describe a sweep")
        }
    }

    private static func write(_ sweep: SweepDescription, to layout: ResultsLayout) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            var data = try encoder.encode(sweep)
            data.append(0x0A)
            try data.write(to: URL(fileURLWithPath: layout.sweep), options: .atomic)
        } catch {
            throw CommandLineError.resultsFailed(layout.sweep, error.localizedDescription)
        }
    }

    /// Deletes only what a run makes.
    private static func clear(_ layout: ResultsLayout) throws {
        let made = [
            layout.table, layout.partialTable, layout.output, layout.outcomes, layout.sweep,
        ]
        for path in made {
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            do {
                try FileManager.default.removeItem(atPath: path)
            } catch {
                throw CommandLineError.resultsFailed(path, error.localizedDescription)
            }
        }
    }
}
