import Foundation
import HayateJournal
import HayateTestRecords
import Testing

@Suite struct DamageTests {
    /// Files of a journal with what must be in it.
    private struct Original {
        var files: [String: Data]
        var seed: UInt64
        var model: JournalModel
        var name: String

        /// What was there before the last appends.
        func model(after count: Int) -> JournalModel {
            var script = JournalScript(seed: seed, largeBytes: DamageTests.largeBytes)
            for _ in 0..<count { _ = script.next() }
            return script.model
        }
    }

    private static let largeBytes = 20_000

    @Test("2,000 random damages: what is given is what was written, what is missing is told, or it is refused")
    func damages() throws {
        try withTemporaryDirectory(inMemory: true) { parent in
            let originals = [try Self.original(parent, isClosed: true), try Self.original(parent, isClosed: false)]
            var random = SeededNumbers(seed: 0x1dea)
            var (whole, refused, salvaged, hopeless) = (0, 0, 0, 0)
            for round in 0..<1000 {
                let original = originals[round % 2]
                var files = original.files
                let what = "round \(round), \(original.name): " + Self.damage(&files, &random)
                for acceptsGaps in [false, true] {
                    let directory = parent + "/damaged"
                    try Self.write(files, to: directory)
                    defer { try? FileManager.default.removeItem(atPath: directory) }
                    var options = JournalOptions()
                    options.reserveBytes = 0
                    options.acceptsGaps = acceptsGaps
                    do throws(JournalError) {
                        let journal = try Journal(at: directory, options: options)
                        defer { journal.close() }
                        if acceptsGaps {
                            if try Self.check(journal, original, what) { salvaged += 1 } else { whole += 1 }
                        } else if let difference = try original.model.difference(from: journal) {
                            Issue.record("\(what): \(difference)")
                        } else {
                            whole += 1
                        }
                    } catch {
                        if acceptsGaps { hopeless += 1 } else { refused += 1 }
                        #expect(error.code == .damaged || error.code == .version, "\(what): \(error.code) \(error)")
                        #expect(error.message.contains("journal.sqlite"), "\(what)")
                    }
                }
            }
            print(
                "2,000 damages: \(whole) harmless, \(refused) refused, \(salvaged) salvaged with gaps told, "
                    + "\(hopeless) not even that")
            #expect(whole > 100 && refused > 300 && salvaged > 200)
        }
    }

    /// What is there is true, and what is not is told.
    /// - Returns: whether there are gaps.
    private static func check(_ journal: Journal, _ original: Original, _ what: String) throws(JournalError) -> Bool {
        let contents = try journal.recover()
        // Of a log with a damaged end there is all that was before, and that is told.
        var model = original.model
        if contents.gaps.contains(where: { $0.hasPrefix("The last ") }),
            let count = JournalScript.count(in: contents.notes)
        {
            model = original.model(after: count)
        }
        for submission in contents.submissions {
            if model.submissions[submission.number] != submission { Issue.record("\(what): a submission") }
        }
        for (task, progress) in contents.tasks {
            if model.tasks[task.key] != task { Issue.record("\(what): task \(task.key)") }
            guard let known = model.open[task.key], known == progress else {
                Issue.record("\(what): progress of \(task.key)")
                continue
            }
        }
        for daemon in contents.daemons where model.daemons[daemon.session] != daemon {
            Issue.record("\(what): daemon \(daemon.name)")
        }
        for (name, value) in contents.notes where model.notes[name] != value { Issue.record("\(what): note \(name)") }
        let outcomes = try journal.outcomes(after: 0, of: nil, limit: .max, bytes: .max)
        for outcome in outcomes where model.outcomes[outcome.key] != outcome {
            Issue.record("\(what): outcome of \(outcome.key)")
        }
        let isWhole = contents.submissions.count == model.submissions.count && contents.tasks.count == model.open.count
            && contents.daemons.count == model.daemons.count && contents.notes.count == model.notes.count
            && outcomes.count == model.outcomes.count
        if !isWhole, contents.gaps.isEmpty { Issue.record("\(what): a gap that nobody tells") }
        return !contents.gaps.isEmpty
    }

    @Test("a salvaged journal goes on: it opens without gaps, keeps what there was before, and takes more")
    func goesOn() throws {
        try withTemporaryDirectory(inMemory: true) { parent in
            var original = try Self.original(parent, isClosed: true)
            let directory = parent + "/damaged"
            // Somewhere in the middle.
            let count = try #require(original.files["journal.sqlite"]?.count)
            original.files["journal.sqlite"]?.resetBytes(in: count / 2 / 4096 * 4096..<(count / 2 / 4096 + 2) * 4096)
            try Self.write(original.files, to: directory)
            #expect { try Journal(at: directory).close() } throws: { ($0 as? JournalError)?.code == .damaged }
            var options = JournalOptions()
            options.acceptsGaps = true
            let salvaged = try Journal(at: directory, options: options)
            let contents = try salvaged.recover()
            #expect(contents.gaps.count >= 2 && contents.gaps.last?.contains("damaged-1") == true, "\(contents.gaps)")
            #expect(contents.tasks.count > 0)
            let last = try salvaged.outcomes(after: 0, of: nil, limit: .max, bytes: .max).map(\.number).max() ?? 0
            let key = try #require(contents.tasks.first?.0.key)
            try salvaged.write(.outcome(.sample(key.submission, key.element)), .submission(.sample(900)))
            salvaged.close()
            let kept = try Data(contentsOf: URL(fileURLWithPath: directory + "/damaged-1/journal.sqlite"))
            #expect(kept == original.files["journal.sqlite"])

            let next = try Journal(at: directory)
            defer { next.close() }
            let after = try next.recover()
            #expect(after.gaps.isEmpty && after.tasks.count == contents.tasks.count - 1)
            #expect(after.submissions.map(\.number) == contents.submissions.map(\.number) + [900])
            let outcome = try next.outcomes(of: key.submission, from: key.element, limit: 1, bytes: .max).first
            #expect(outcome.map { $0.key == key && $0.number > last } == true)
        }
    }

    // MARK: damages

    private static func original(_ parent: String, isClosed: Bool) throws -> Original {
        let directory = parent + "/original"
        var options = JournalOptions()
        options.reserveBytes = 0
        options.fileBytes = largeBytes
        let journal = try Journal(at: directory, options: options)
        let seed: UInt64 = isClosed ? 21 : 22
        var script = JournalScript(seed: seed, largeBytes: largeBytes)
        for _ in 0..<160 { try journal.write(script.next()) }
        if isClosed { journal.close() }
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: directory) {
            let full = directory + "/" + path
            let type = try FileManager.default.attributesOfItem(atPath: full)[.type] as? FileAttributeType
            guard type == .typeRegular, path != "journal.lock" else { continue }
            files[path] = try Data(contentsOf: URL(fileURLWithPath: full))
        }
        journal.close()
        try FileManager.default.removeItem(atPath: directory)
        return Original(files: files, seed: seed, model: script.model, name: isClosed ? "closed" : "killed")
    }

    private static func write(_ files: [String: Data], to directory: String) throws {
        for (path, data) in files {
            let url = URL(fileURLWithPath: directory + "/" + path)
            let parent = url.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try data.write(to: url)
        }
    }

    /// - Returns: what was done.
    private static func damage(_ files: inout [String: Data], _ random: inout SeededNumbers) -> String {
        let databases = files.keys.filter { $0.hasPrefix("journal.sqlite") }.sorted()
        let all = files.keys.sorted()
        let path = random.below(5) > 0 ? databases[random.below(databases.count)] : all[random.below(all.count)]
        guard var data = files[path], !data.isEmpty else { return "nothing in \(path)" }
        defer { files[path] = data }
        let place = random.below(data.count)
        switch random.below(6) {
        case 0, 1, 2:
            let bits = 1 + random.below(4)
            for _ in 0..<bits { data[random.below(data.count)] ^= 1 << UInt8(random.below(8)) }
            return "\(bits) bits of \(path)"
        case 3:
            let start = place / 8192 * 8192
            data.resetBytes(in: start..<min(data.count, start + 8192))
            return "zeros at \(start) of \(path)"
        case 4:
            data = data.prefix(place)
            return "\(path) cut to \(place)"
        default:
            // A write that went elsewhere.
            let (from, to) = (place / 4096 * 4096, random.below(data.count) / 4096 * 4096)
            let block = data[from..<min(data.count, from + 4096)]
            data.replaceSubrange(to..<min(data.count, to + block.count), with: block.prefix(data.count - to))
            return "\(from) over \(to) of \(path)"
        }
    }
}
