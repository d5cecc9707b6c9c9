import Foundation
import HayateCore
import Testing

@testable import HayateView

/// Screens as they are, in `Golden/`. After a change that is meant, `HAYATE_WRITE_GOLDEN=1 swift test --filter
/// ScreenTests` writes them anew.
@Suite struct ScreenTests {
    private static let directory = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("Golden")

    private func check(_ name: String, _ lines: [String]) throws {
        let file = Self.directory.appendingPathComponent("\(name).txt")
        let text = lines.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["HAYATE_WRITE_GOLDEN"] != nil {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(text == (try String(contentsOf: file, encoding: .utf8)))
    }

    @Test("the overview is as it was", arguments: [(80, 24), (140, 40), (46, 12)])
    func overview(_ columns: Int, _ rows: Int) throws {
        try check("overview-\(columns)x\(rows)", Fixture.model(columns, rows).screen().lines)
    }

    @Test("what one sees of single things is as it was", arguments: [
        ("pool", "1\r"), ("submission", "\r"), ("daemon", "3jj\r"), ("allocation", "4G\r"), ("failure", "5\r"),
        ("task", "6\r"), ("help", "?"), ("question", "c"), ("filter", "/node2"), ("sorted", "3sss"),
    ])
    func places(_ name: String, _ keys: String) throws {
        var model = Fixture.model(80, 24)
        var reader = TopKeyReader()
        for key in reader.keys(keys.utf8) {
            for case .explain(let task) in model.handle(.key(key)) {
                _ = model.handle(.explained(task: task, ["It waits for a daemon.", "It was started once."]))
            }
        }
        try check(name, model.screen().lines)
    }

    @Test("warnings come before everything else, and an empty session says so")
    func unwell() throws {
        var snapshot = SessionSnapshot(session: Fixture.snapshot.session)
        snapshot.session.journal = "the disk is full: /home/ada/.hayate has 0 B left"
        snapshot.session.isDraining = true
        snapshot.session.stalled = "no daemon is here, and none starts"
        var model = Fixture.model(80, 24, snapshot)
        _ = model.handle(.lost("no such file"))
        try check("unwell", model.screen().lines)
        let waiting = TopModel(size: Screen.Size(columns: 40, rows: 5)).screen().lines
        #expect(waiting[0] == "waiting for the session …")
    }

    @Test("plain text has every row of every table")
    func plain() throws {
        let lines = SnapshotText.lines(Fixture.snapshot, columns: 200)
        try check("plain", lines)
        for daemon in Fixture.snapshot.daemons { #expect(lines.contains { $0.contains(daemon.name) }) }
        var many = Fixture.snapshot
        many.tasks = (0..<2_500).map { TaskView(task: "t/\($0)", state: "queued") }
        let tasks = SnapshotText.lines(many).filter { $0.hasPrefix("t/") }
        #expect(tasks.count == 2_500 && Set(tasks.map { $0.firstIndex(of: "q") }).count == 1)
    }

    @Test("no size tears a row or makes it too long")
    func sizes() {
        let snapshot = hostileSnapshot("日本語 é" + String(repeating: "長", count: 60))
        for columns in [1, 2, 3, 20, 47, 80, 200] {
            for rows in [1, 2, 5, 24, 60] {
                for keys in ["", "\r", "3\r", "5\r", "?"] {
                    let model = pressed(keys, Fixture.model(columns, rows, snapshot))
                    let screen = model.screen()
                    #expect(screen.lines.count == rows)
                    #expect(screen.lines.allSatisfy { SafeText.columns($0) <= columns })
                    // A terminal sees the same, also one that takes some letters to be wider.
                    for isGenerous in [false, true] {
                        var terminal = TerminalStandIn(model.size, isGenerous: isGenerous)
                        var update = ScreenUpdate()
                        terminal.write(update.next(screen))
                        #expect(terminal.lines == screen.lines)
                        #expect(terminal.unknown == [])
                    }
                }
            }
        }
    }

    @Test("labels, last words and names cannot make the terminal do anything", arguments: [
        "\u{1B}[2J\u{1B}[31mx", "\u{1B}]0;title\u{07}", "\u{9B}2J", "a\u{08}\u{08}b", "\u{1B}P+q\u{1B}\\", "\r\n\u{0B}",
        "\u{202E}txt", "\u{1B}[6n", "\u{85}\u{8D}",
    ])
    func escapes(_ evil: String) {
        let snapshot = hostileSnapshot(evil)
        for keys in ["", "1\r", "2\r", "3\r", "4\r", "5\r", "6\r", "2c", "2r", "3/" + evil.filter { $0 >= " " }] {
            var model = pressed(keys, Fixture.model(140, 50, snapshot))
            _ = model.handle(.explained(task: evil, [evil]))
            var update = ScreenUpdate()
            var terminal = TerminalStandIn(model.size)
            terminal.write(update.next(model.screen()))
            _ = model.handle(.answered(evil, isGood: false))
            terminal.write(update.next(model.screen()))
            _ = model.handle(.lost(evil))
            terminal.write(update.next(model.screen()))
            #expect(terminal.unknown == [], "\(keys.debugDescription)")
            #expect(terminal.lines == model.screen().lines)
        }
        for line in SnapshotText.lines(snapshot, columns: 300) {
            let isClean = line.unicodeScalars.allSatisfy {
                ![.control, .format, .lineSeparator].contains($0.properties.generalCategory)
            }
            #expect(isClean)
        }
    }

    @Test("what is written between two screens is little, and makes the second of the first")
    func changes() {
        var random = RepeatableNumbers(state: 7)
        var model = Fixture.model(100, 30)
        var update = ScreenUpdate()
        var terminal = TerminalStandIn(model.size)
        let first = update.next(model.screen())
        terminal.write(first)
        #expect(update.next(model.screen()) == "")
        var longest = 0
        for step in 0..<400 {
            var snapshot = model.snapshot ?? Fixture.snapshot
            let chosen = Int(random.next() % 14)
            snapshot.daemons[chosen].state = ["busy", "away", "idle"][Int(random.next() % 3)]
            snapshot.daemons[chosen].tasks = [["first/1", "日本/2", "e\u{301}/3"][Int(random.next() % 3)]]
            snapshot.submissions[0].returned += Int(random.next() % 40)
            _ = model.handle(.snapshot(snapshot))
            if step % 5 == 0 {
                let key: TopKey = [.down, .up, .tab, .enter, .escape, .letter("s")][Int(random.next() % 6)]
                _ = model.handle(.key(key))
            }
            let text = update.next(model.screen())
            terminal.write(text)
            if step % 5 != 0 { longest = max(longest, text.utf8.count) }
            #expect(terminal.lines == model.screen().lines, "step \(step)")
        }
        #expect(terminal.unknown == [])
        #expect(longest < first.utf8.count / 3)
    }

    @Test("without colours nothing but the colours is missing, and ASCII is possible")
    func plainTerminals() {
        let screen = Fixture.model(100, 30).screen()
        var terminal = TerminalStandIn(screen.size)
        var update = ScreenUpdate(hasColours: false)
        terminal.write(update.next(screen))
        #expect(terminal.colours == 0 && terminal.lines == screen.lines)
        var coloured = TerminalStandIn(screen.size)
        var colours = ScreenUpdate()
        coloured.write(colours.next(screen))
        #expect(coloured.colours > 20)
        var ascii = ScreenUpdate(onlyASCII: true)
        #expect(ascii.next(Fixture.model(100, 30, hostileSnapshot("日本é")).screen()).utf8.allSatisfy { $0 < 0x80 })
    }

    // MARK: Support

    private func pressed(_ keys: String, _ model: TopModel) -> TopModel {
        var model = model
        var reader = TopKeyReader()
        for key in reader.keys(keys.utf8) + reader.end() { _ = model.handle(.key(key)) }
        return model
    }

    /// With this text wherever somebody can put one.
    private func hostileSnapshot(_ evil: String) -> SessionSnapshot {
        var snapshot = Fixture.snapshot
        snapshot.session.name = evil
        snapshot.session.host = evil
        snapshot.session.journal = evil
        snapshot.session.stalled = evil
        for index in snapshot.pools.indices {
            snapshot.pools[index].profile = evil
            snapshot.pools[index].url = evil
        }
        for index in snapshot.submissions.indices {
            snapshot.submissions[index].name = evil
            snapshot.submissions[index].label = evil
        }
        for index in snapshot.daemons.indices {
            snapshot.daemons[index].name = evil
            snapshot.daemons[index].state = evil
            snapshot.daemons[index].tasks = [evil, evil]
            snapshot.daemons[index].resources = evil
        }
        for index in snapshot.allocations.indices {
            snapshot.allocations[index].job = evil
            snapshot.allocations[index].node = evil
            snapshot.allocations[index].state = evil
            snapshot.allocations[index].reason = evil
        }
        for index in snapshot.failures.indices {
            snapshot.failures[index].task = evil
            snapshot.failures[index].message = evil
            snapshot.failures[index].lastWords = evil
            snapshot.failures[index].daemon = evil
            snapshot.failures[index].code = evil
        }
        for index in snapshot.tasks.indices {
            snapshot.tasks[index].task = evil
            snapshot.tasks[index].daemon = evil
            snapshot.tasks[index].label = evil
            snapshot.tasks[index].state = evil
        }
        return snapshot
    }
}

/// SplitMix64.
struct RepeatableNumbers {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
