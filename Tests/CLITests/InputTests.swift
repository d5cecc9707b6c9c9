import Foundation
import Hayate
import Testing

@testable import HayateCLI

private func values(_ request: InputRequest, stdin: Int32 = -1) throws -> [[String]] {
    var elements = try request.open(standardInput: stdin, isTerminal: true)
    var rows: [[String]] = []
    while let element = try elements.next() {
        #expect(element.index == rows.count + 1)
        rows.append(element.values)
    }
    return rows
}

private func lists(_ words: String...) throws -> InputRequest {
    InputRequest(lists: try InputTail(["cmd"] + words).lists)
}

@Suite struct InputTests {
    @Test func severalListsGiveEveryCombination() throws {
        let request = try lists(":::", "a", "b", ":::", "1", "2", "3")
        #expect(
            try values(request) == [
                ["a", "1"], ["a", "2"], ["a", "3"], ["b", "1"], ["b", "2"], ["b", "3"],
            ])
        #expect(try request.open(standardInput: -1, isTerminal: true).count == 6)
    }

    @Test func linkedListsGoTogether() throws {
        let request = try lists(":::", "a", "b", ":::+", "1", "2", ":::", "x", "y")
        #expect(
            try values(request) == [
                ["a", "1", "x"], ["a", "1", "y"], ["b", "2", "x"], ["b", "2", "y"],
            ])
        #expect(throws: CommandLineError.unequalLink("list 1", "list 2")) {
            try values(try lists(":::", "a", ":::+", "1", "2"))
        }
        #expect(throws: CommandLineError.unequalLink("list 2", "list 1")) {
            try values(try lists(":::", "a", "b", ":::+", "1"))
        }
    }

    @Test func anEmptyListGivesNothing() throws {
        #expect(try values(try lists(":::")) == [])
        #expect(try values(try lists(":::", "a", ":::")) == [])
    }

    @Test func tailIsSplit() throws {
        let tail = try InputTail(["--", "grep", "-c", "{}", "::::", "f", "-", ":::+", "x"])
        #expect(tail.command == ["grep", "-c", "{}"])
        #expect(
            tail.lists == [
                .init(content: .file("f"), isLinked: false),
                .init(content: .file("-"), isLinked: false),
                .init(content: .values(["x"]), isLinked: true),
            ])
        #expect(throws: CommandLineError.noCommand) { try InputTail([":::", "a"]) }
        #expect(throws: CommandLineError.linkWithoutList(":::+")) {
            try InputTail(["c", ":::+", "a"])
        }
        #expect(throws: CommandLineError.noFile(after: "::::")) { try InputTail(["c", "::::"]) }
    }

    @Test func noListOnATerminalIsAnError() {
        #expect(throws: CommandLineError.noInputs) { try values(InputRequest()) }
    }

    @Test func linesOfAFile() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/list"
            try Data("\u{FEFF}eins\r\n\nzwei drei\n  vier".utf8).write(to: URL(filePath: path))
            #expect(try values(try lists("::::", path)) == [["eins"], ["zwei drei"], ["  vier"]])
            var request = try lists("::::", path)
            try Data("a\nb\0c\0".utf8).write(to: URL(filePath: path))
            request.isNullSeparated = true
            #expect(try values(request) == [["a\nb"], ["c"]])
            #expect(throws: CommandLineError.notText(path, line: 2)) {
                try values(try lists("::::", path))
            }
            try Data([0x61, 0x0A, 0xFF, 0x0A]).write(to: URL(filePath: path))
            #expect(throws: CommandLineError.notText(path, line: 2)) {
                try values(try lists("::::", path))
            }
            #expect(throws: CommandLineError.cannotRead("/nowhere", "No such file or directory")) {
                try values(try lists("::::", "/nowhere"))
            }
            #expect(throws: CommandLineError.standardInputTwice) {
                try values(try lists("::::", "-", "-"), stdin: 0)
            }
        }
    }

    @Test func linesLongerThanAPieceAndTooLong() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/list"
            let long = String(repeating: "x", count: 200_000)
            try Data("a\n\(long)\nb".utf8).write(to: URL(filePath: path))
            #expect(try values(try lists("::::", path)) == [["a"], [long], ["b"]])
            try Data(repeating: 0x78, count: 3 << 20).write(to: URL(filePath: path))
            #expect(throws: CommandLineError(TableError.tooLong(path, line: 1, limit: 1 << 20))) {
                try values(try lists("::::", path))
            }
        }
    }

    @Test func aPipeIsReadAsItComes() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { close(ends[0]) }
        var elements = try InputRequest().open(standardInput: ends[0], isTerminal: false)
        #expect(write(ends[1], "1\n2", 3) == 3)
        // The pipe is still open: a reader that wanted it all would never return.
        #expect(try elements.next()?.values == ["1"])
        close(ends[1])
        #expect(try elements.next()?.values == ["2"])
        #expect(try elements.next() == nil)
    }
}

@Suite struct DelimitedTests {
    private func rows(_ text: String, tabs: Bool = false) async throws -> [[String]] {
        try await withTemporaryDirectory { directory in
            try Data(text.utf8).write(to: URL(filePath: directory + "/t"))
            let path = [directory + "/t"]
            return try values(tabs ? InputRequest(tsvFiles: path) : InputRequest(csvFiles: path))
        }
    }

    @Test func quotesSeparatorsAndLineEnds() async throws {
        #expect(
            try await rows("a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\n,\n\"\",2") == [
                ["1", "x, \"y\"\nz"], ["", ""], ["", "2"],
            ])
        #expect(try await rows("a\tb\n5\" pipe\tx,y\n", tabs: true) == [["5\" pipe", "x,y"]])
        #expect(try await rows("a\n\"\"\n") == [[""]])
    }

    @Test(arguments: [
        ("", "has no header row"), ("a,\n1,2", "column 2"), ("a,b\n1,2\n1,2,3", "line 3"),
        ("a,b\n\"x\n\ny\",1\n1", "line 5"), ("a\n\"x", "quoted field in line 2"),
        ("a\n\"x\"y", "quoted field in line 2"), ("a,a\n1,2", "two inputs are named 'a'"),
    ])
    func damage(_ text: String, _ message: String) async throws {
        let error = await #expect(throws: CommandLineError.self) { try await rows(text) }
        #expect(error?.message.contains(message) == true, "\(error.debugDescription)")
    }

    @Test func tablesAndGridsCombine() async throws {
        try await withTemporaryDirectory { directory in
            try Data("name,mass\nA,1\nB,2\n".utf8).write(to: URL(filePath: directory + "/t"))
            let request = InputRequest(csvFiles: [directory + "/t"], grids: ["k=1,2"])
            #expect(
                try values(request) == [
                    ["A", "1", "1"], ["A", "1", "2"], ["B", "2", "1"], ["B", "2", "2"],
                ])
            let columns = try request.open(standardInput: -1, isTerminal: true).columns
            #expect(columns.names == ["name", "mass", "k"])
        }
    }
}

@Suite struct GridTests {
    @Test(arguments: [
        ("x=1,2,a b", ["1", "2", "a b"]), ("x=1..4", ["1", "2", "3", "4"]),
        ("x=0..1:0.25", ["0", "0.25", "0.5", "0.75", "1"]), ("x=3..1", ["3", "2", "1"]),
        ("x=0..0.3:0.1", ["0", "0.1", "0.2", "0.3"]), ("x=-1..1:1", ["-1", "0", "1"]),
        ("x=-0.5..0:0.25", ["-0.5", "-0.25", "0"]), ("x=08..10", ["08", "09", "10"]),
        ("x=1..10:4,99", ["1", "5", "9", "99"]), ("x=../a,1..", ["../a", "1.."]),
        ("x=5..5", ["5"]), ("x=10..1:-4", ["10", "6", "2"]),
    ])
    func values(_ text: String, _ expected: [String]) throws {
        #expect(try Grid(text).values == expected)
    }

    @Test(arguments: ["x", "=1", "x=1,,2", "x=1..5:0", "x=1..5:-1", "x=1..5:y", "x=0..999999999"])
    func errors(_ text: String) {
        #expect(throws: CommandLineError.self) { try Grid(text) }
    }
}
