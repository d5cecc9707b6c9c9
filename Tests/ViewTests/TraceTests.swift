import Foundation
import HayateCore
import Testing

@testable import HayateView

@Suite struct TraceTests {
    private func trace(_ spans: [SpanView], now: Double = 2_000) -> [UInt8] {
        var file = TraceFile(now: now)
        for span in spans { file.add(span) }
        file.finish()
        return file.take()
    }

    private func events(_ spans: [SpanView]) throws -> [JSONValue] {
        let value = try #require(JSONValue(trace(spans)))
        return value["traceEvents"]?.elements ?? []
    }

    @Test("machines are processes, daemons threads, attempts lengths, losses moments")
    func shape() throws {
        let events = try events([
            SpanView(task: "a/0", label: "fit \"x\"\n", daemon: "n1:7", began: 1_000, ended: 1_001.5, status: "value"),
            SpanView(task: "a/1", daemon: "n1:8", began: 1_000, ended: 1_002, status: "lost", attempt: 2),
            SpanView(task: "a/2", daemon: "n2:7", began: 1_990, ended: nil, status: "running"),
        ])
        let names = events.filter { $0["ph"]?.string == "M" }.map {
            "\($0["name"]?.string ?? "") \($0["pid"]?.integer ?? 0) \($0["args"]?["name"]?.string ?? "")"
        }
        #expect(names == [
            "process_name 1 n1", "thread_name 1 n1:7", "thread_name 1 n1:8", "process_name 2 n2", "thread_name 2 n2:7",
        ])
        let lengths = events.filter { $0["ph"]?.string == "X" }
        #expect(lengths.map { $0["name"]?.string } == ["fit \"x\"\n", "a/1", "a/2"])
        #expect(lengths.map { $0["ts"]?.integer } == [1_000_000_000, 1_000_000_000, 1_990_000_000])
        #expect(lengths.map { $0["dur"]?.integer } == [1_500_000, 2_000_000, 10_000_000])
        #expect(lengths[1]["args"]?["attempt"]?.string == "2")
        let losses = events.filter { $0["ph"]?.string == "i" }
        #expect(losses.map { $0["ts"]?.integer } == [1_002_000_000])
    }

    @Test("attempts of one daemon that overlap are in lanes of their own, in whatever order they come")
    func lanes() throws {
        var random = RepeatableNumbers(state: 5)
        var spans = (0..<500).map { index -> SpanView in
            let began = Double(random.next() % 1_000)
            return SpanView(
                task: "a/\(index)", daemon: "n:\(random.next() % 3)", began: began,
                ended: began + Double(random.next() % 40), status: "value")
        }
        spans.append(SpanView(task: "b/0", daemon: "n:0", began: 50, ended: 10, status: "value"))
        spans.append(SpanView(task: "b/1", daemon: "n:0", began: .nan, ended: .infinity, status: "value"))
        var lanes: [Int: [(Int, Int)]] = [:]
        for event in try events(spans) where event["ph"]?.string == "X" {
            let began = try #require(event["ts"]?.integer)
            let length = try #require(event["dur"]?.integer)
            #expect(length >= 0)
            lanes[try #require(event["tid"]?.integer), default: []].append((began, began + length))
        }
        for lane in lanes.values {
            let sorted = lane.sorted { $0 < $1 }
            #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0.1 <= $1.0 })
        }
        // One after the other they share one, forwards and backwards.
        let row = (0..<10).map {
            SpanView(task: "c/\($0)", daemon: "m:1", began: Double($0), ended: Double($0 + 1), status: "value")
        }
        for spans in [row, row.reversed()] {
            let threads = try events(spans).filter { $0["ph"]?.string == "X" }.map { $0["tid"]?.integer }
            #expect(Set(threads) == [1])
        }
    }

    @Test("a trace of nothing is one")
    func empty() throws { #expect(try events([]) == []) }

    @Test("a hundred thousand attempts are one JSON, which Python reads, and nothing is kept of them")
    func many() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("trace-\(UUID()).json").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let handle = try #require(FileHandle(forWritingAtPath: path))
        var file = TraceFile(now: 1)
        var longest = 0
        for index in 0..<100_000 {
            file.add(SpanView(
                task: "évil\"\\/\(index)", label: "\u{1}", daemon: "n\(index % 7):\(index % 30)",
                began: Double(index), ended: Double(index) + 0.5, status: "value"))
            if index % 1_000 == 999 {
                let bytes = file.take()
                longest = max(longest, bytes.count)
                try handle.write(contentsOf: Data(bytes))
            }
        }
        file.finish()
        try handle.write(contentsOf: Data(file.take()))
        try handle.close()
        #expect(longest < 1 << 20)
        let python = Process()
        python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let script = "import json,sys; t=json.load(open(sys.argv[1])); "
            + "print(sum(e['ph']=='X' for e in t['traceEvents']))"
        python.arguments = ["python3", "-c", script, path]
        let output = Pipe()
        python.standardOutput = output
        try python.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        python.waitUntilExit()
        #expect(String(decoding: said, as: UTF8.self) == "100000\n")
    }
}
