@testable import HayateCluster
import Testing

@Suite("Small parts of answers")
struct AnswerTextTests {
    @Test("index lists are read as all schedulers write them", arguments: [
        ("1,3,5-7", [1...1, 3...3, 5...7]), ("5-8%4", [5...8]), ("0-15:4%2", [0...0, 4...4, 8...8, 12...12]),
        ("4", [4...4]), ("1-10:1", [1...10]), ("1,2,3...", [1...1, 2...2]), ("0-4000000", [0...4_000_000]),
    ] as [(String, [ClosedRange<Int>])])
    func indices(text: String, ranges: [ClosedRange<Int>]) {
        #expect(IndexRanges.read(text) == ranges)
    }

    @Test("what is no index list is none", arguments: [
        "", "a", "3-1", "1-", "-1", "1:2:3", "1-5:0", "1-9999999999999999999", "0-9223372036854775807:2", "...", "1,,2",
    ])
    func noIndices(text: String) {
        #expect(IndexRanges.read(text) == nil)
    }

    @Test("index lists are written short")
    func written() {
        #expect(IndexRanges.text([7, 1, 2, 3, 3]) == "1-3,7")
    }

    @Test("lists of machines come as their names", arguments: [
        ("n1", ["n1"]), ("n[1-3,7]", ["n1", "n2", "n3", "n7"]), ("r[01-02]n[1-2],login", ["r01n1", "r01n2", "r02n1",
        "r02n2", "login"]),
        ("n[1", ["n[1"]), ("", []), ("n[1-99999]", ["n[1-99999]"]),
    ])
    func hosts(text: String, names: [String]) {
        #expect(HostList.expanded(text) == names)
    }

    @Test("seconds since 1970 as a date in UTC", arguments: [
        (0, "1970-01-01T00:00:00"), (1_795_399_580, "2026-11-23T02:06:20"), (951_782_400, "2000-02-29T00:00:00"),
        (4_107_542_399, "2100-02-28T23:59:59"), (-1, "1970-01-01T00:00:00"), (.max, "9999-12-31T23:59:59"),
    ] as [(Int64, String)])
    func dates(seconds: Int64, text: String) {
        #expect(CivilTime.text(seconds) == text)
    }

    @Test("a document that is not well-formed gives the records that it has")
    func markup() {
        let text = "<?xml?><unknown_jobs><><a><j><id>1</id><n>a &lt;b&#62; &amp;x</n><id>2</id></j><j><id>3"
        let records = MarkupRecords(text, container: "j")
        #expect(records.records == [["id": "1", "n": "a <b> &x"]])
        #expect(records.lastClosed == "j")
    }
}
