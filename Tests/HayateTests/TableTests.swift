import Glibc
import Hayate
import HayateTestTasks
import Testing

/// Reading tables, without any process.
@Suite("Tables") struct TableTests {
    private func message<Row>(_ rows: CSVRows<Row>) throws -> String {
        let error = try #require(throws: HayateError.self) { try rows.all() }
        #expect(error.code == .invalidArgument)
        return error.message
    }

    @Test func readsRowsByTheNamesOfTheirColumns() throws {
        let text = """
            kind,flux,name,redshift,isDouble,comment
            dwarf,1.5,"Sirius, B",,TRUE,x
            giant, -2e3 ,"say ""Betelgeuse\"\"\",0.25,0,

            giant,inf,Mira,NA,F,y
            """
        let rows = try CSVRows<Star>(text: text, missing: ["", "NA"]).all()
        #expect(
            rows == [
                Star(name: "Sirius, B", flux: 1.5, isDouble: true, kind: .dwarf),
                Star(
                    name: "say \"Betelgeuse\"", flux: -2000, isDouble: false, kind: .giant, redshift: 0.25),
                Star(name: "Mira", flux: .infinity, isDouble: false, kind: .giant),
            ])
        let tabs = try CSVRows<SumOfRow>(text: "b\ta\n2\t1\n", separator: "\t").all()
        #expect(tabs.map { [$0.a, $0.b] } == [[1, 2]])
        #expect(tabs[0].c == nil)
    }

    /// A structure without a column of its own takes its fields from the same row.
    @Test func marksOfSpreadsheetsAreNoPartOfTheFirstName() throws {
        let rows = try CSVRows<[String: Int]>(text: "\u{FEFF}a,b\n1,2\n").all()
        #expect(rows == [["a": 1, "b": 2]])
        let error = #expect(throws: HayateError.self) {
            try CSVRows<[String: Int]>(text: "a\n1\n", separator: "é").all()
        }
        #expect(error?.message.contains("ASCII") == true)
    }

    @Test func structuresShareTheRow() throws {
        let rows = try CSVRows<Describe>(
            text: "name,flux,isDouble,kind,prefix\nVega,0.03,false,dwarf,the star\n").all()
        #expect(rows.map(\.star.name) == ["Vega"])
        #expect(rows.map(\.prefix) == ["the star"])
    }

    @Test func errorsNameLineColumnAndValue() throws {
        #expect(
            try message(CSVRows<SumOfRow>(text: "a,b\n1,2\n3,x4\n"))
                == "line 3 of the table has \"x4\" in column b, which is no Int")
        #expect(
            try message(CSVRows<SumOfRow>(text: "a,b\n1,\n"))
                == "line 2 of the table has \"\" in column b, which is no Int; make the field optional if "
                + "it may be empty")
        #expect(
            try message(CSVRows<SumOfRow>(text: "a,d\n1,2\n"))
                == "the table has no column b, only a, d: rename one, or make the field optional")
        #expect(
            try message(CSVRows<Star>(text: "name,flux,isDouble,kind\n\"a\nb\",1,maybe,dwarf\n"))
                == "line 2 of the table has \"maybe\" in column isDouble, which is no Bool")
        #expect(
            try message(CSVRows<Star>(text: "name,flux,isDouble,kind\na,1,T,comet\n"))
                == "line 2 of the table has \"comet\" in column kind, which is no Kind")
        #expect(
            try message(CSVRows<SumOfRow>(text: "a,b\n1,2\n3\n")).hasPrefix(
                "line 3 of the table has 1 fields but the header has 2"))
        #expect(try message(CSVRows<SumOfRow>(text: "")).contains("no header row"))
        #expect(
            try message(CSVRows<SumOfRow>(path: "/nowhere.csv"))
                == "cannot read /nowhere.csv: No such file or directory")
        #expect(
            try message(CSVRows<[String: [Int]]>(text: "a\n1\n")).contains(
                "a list or a structure is asked for"))
        #expect(try message(CSVRows<[Int]>(text: "a\n1\n")).contains("as a list"))
        #expect(try message(CSVRows<Int>(text: "a\n1\n")).contains("as one value"))
    }

    @Test func largeFilesAreReadRowByRow() async throws {
        let files = try TemporaryDirectory()
        let path = files("rows.csv")
        let text = "a,b\n" + (0..<100_000).map { "\($0),1\n" }.joined()
        try SignalFile.write(path, text)
        var sum = 0
        var count = 0
        for try await row in CSVRows<SumOfRow>(path: path) {
            sum += row.a + row.b
            count += 1
        }
        #expect(count == 100_000)
        #expect(sum == 100_000 * 99_999 / 2 + 100_000)
    }
}
