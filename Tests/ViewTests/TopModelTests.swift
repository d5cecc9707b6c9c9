import Testing

@testable import HayateView

@Suite struct TopModelTests {
    private func press(_ keys: String, _ model: inout TopModel) -> [TopModel.Effect] {
        var reader = TopKeyReader()
        return (reader.keys(keys.utf8) + reader.end()).flatMap { model.handle(.key($0)) }
    }

    @Test("keys are read whole, in pieces and in all their spellings")
    func keys() {
        var reader = TopKeyReader()
        #expect(reader.keys("j\u{1B}[A\u{1B}OB\u{1B}[5~\u{1B}[6~\u{1B}[H\u{1B}[4~\u{1B}[Z\u{1B}[1;5A".utf8)
            == [.letter("j"), .up, .down, .pageUp, .pageDown, .home, .end, .backTab, .up])
        #expect(reader.keys([0x1B]) == [] && reader.isWithin)
        #expect(reader.keys("[".utf8) == [])
        #expect(reader.keys("A".utf8) == [.up])
        #expect(!reader.isWithin)
        #expect(reader.keys([0x1B]) == [])
        #expect(reader.end() == [.escape])
        #expect(reader.keys(Array("é".utf8).prefix(1)) == [])
        #expect(reader.keys(Array("é".utf8).suffix(1)) == [.letter("é")])
        #expect(reader.keys("\r\t\u{7F}".utf8) == [.enter, .tab, .backspace])
        #expect(reader.keys([0x1B, 0x71]) == [.escape, .letter("q")])
    }

    @Test("no bytes are too strange for the reader of keys, and it keeps little of them")
    func noise() {
        var random = RepeatableNumbers(state: 3)
        var reader = TopKeyReader()
        var count = 0
        for _ in 0..<20_000 {
            let word = random.next()
            let bytes = (0..<Int(word % 7)).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0 + 1))) }
            count += reader.keys(word & 0x100 == 0 ? bytes : [0x1B, 0x5B] + bytes.map { $0 & 0x3F }).count
            if word & 0xF000 == 0 { count += reader.end().count }
        }
        _ = reader.keys([0x1B, 0x5B] + Array(repeating: 0x30, count: 100))
        #expect(!reader.isWithin)
        #expect(count > 1_000)
    }

    @Test("what is cancelled is asked for first")
    func cancelling() {
        var model = Fixture.model(80, 24)
        #expect(press("c", &model) == [])
        #expect(press("n", &model) == [])
        #expect(press("y", &model) == [])
        #expect(press("cy", &model) == [.cancel(.submission("first"))])
        #expect(press("6jc", &model) == [] && press("y", &model) == [.cancel(.task("first/6975"))])
        #expect(press("3cy", &model) == [], "daemons are not cancelled")
        #expect(press("q", &model) == [.quit])
    }

    @Test("failed tasks run again, one or all of a submission")
    func retrying() {
        var model = Fixture.model(80, 24)
        #expect(press("r", &model) == [.retry(.submission("first"))])
        #expect(press("5r", &model) == [.retry(.task("first/6911"))])
        #expect(press("\r", &model) == [.explain(task: "first/6911")])
        #expect(press("r", &model) == [.retry(.task("first/6911"))])
        #expect(model.handle(.answered("1 task runs again", isGood: true)) == [.refresh])
        #expect(model.screen().lines.last == "1 task runs again")
    }

    @Test("the choice stays with its row when rows come and go")
    func choice() {
        var model = Fixture.model(80, 24)
        _ = press("3jj", &model)
        var snapshot = Fixture.snapshot
        snapshot.daemons.removeFirst()
        _ = model.handle(.snapshot(snapshot))
        #expect(model.screen().lines.contains { $0.hasPrefix("▸node1:20111") })
        snapshot.daemons.removeAll { $0.name == "node1:20111" }
        _ = model.handle(.snapshot(snapshot))
        #expect(model.screen().lines.contains { $0.hasPrefix("▸node1:20074") })
        _ = press("G", &model)
        #expect(model.screen().lines.contains { $0.hasPrefix("▸node3:20518") })
    }

    @Test("escape leads back step by step, numbers from anywhere to the overview")
    func places() {
        var model = Fixture.model(80, 24)
        _ = press("\r\t\r", &model)
        #expect(model.view.place == .task("first/6961"))
        _ = press("\u{1B}", &model)
        #expect(model.view.place == .submission("first"))
        _ = press("3", &model)
        #expect(model.view.place == .overview && model.view.panel == .daemons)
        _ = press("?", &model)
        #expect(model.view.place == .help)
        _ = press("\u{1B}", &model)
        _ = press("\u{1B}", &model)
        #expect(model.view.place == .overview)
    }

    @Test("a filter leaves the rows that have its text")
    func filter() {
        var model = Fixture.model(80, 24)
        _ = press("3/NODE3", &model)
        #expect(model.screen().lines.filter { $0.contains("node3:") }.count == 5)
        #expect(!model.screen().lines.contains { $0.contains("node1:20037") })
        _ = press("\r", &model)
        #expect(press("q", &model) == [.quit], "what follows are keys again")
        _ = press("/\u{1B}", &model)
        #expect(model.screen().lines.contains { $0.contains("node1:20037") })
    }

    @Test("tables are sorted by numbers and by words, and by nothing again")
    func sorting() {
        let table = Table.daemons(Fixture.snapshot.daemons)
        let done = table.sorted(by: 2).rows.map(\.key)
        #expect(done == table.rows.map(\.key).reversed())
        #expect(table.sorted(by: 1).rows.first?.key == "node1:20111", "away is the first of the states")
        #expect(table.sorted(by: 99).rows.map(\.key) == table.rows.map(\.key))
        var model = Fixture.model(80, 24)
        _ = press(String(repeating: "s", count: Table.submissions([], now: 0).columns.count + 1), &model)
        #expect(model.sorting == [:])
    }

    @Test("every panel has a row as long as there is room, the active one most of them")
    func heights() {
        #expect(TopModel.heights([1, 4, 14, 3, 2, 3], active: 2, room: 21) == [1, 3, 5, 2, 2, 2])
        #expect(TopModel.heights([1, 4], active: 0, room: 50) == [1, 4])
        #expect(TopModel.heights([5, 5, 5], active: 1, room: 4) == [1, 1, nil])
        #expect(TopModel.heights([5, 5, 5], active: 2, room: 2) == [nil, nil, 1])
        #expect(TopModel.heights([9], active: 0, room: 1) == [0])
    }
}
