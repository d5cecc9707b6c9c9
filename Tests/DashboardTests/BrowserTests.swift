import Foundation
import HayateCore
import Testing

@testable import HayateDashboard

/// The page in a real browser: a headless Chromium.
@Suite(.serialized) struct BrowserTests {
    private static let chromium: String? = {
        let names = ["chromium", "chromium-browser", "google-chrome", "chrome"]
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        for name in names {
            for directory in path.split(separator: ":") {
                let file = "\(directory)/\(name)"
                if FileManager.default.isExecutableFile(atPath: file) { return file }
            }
        }
        print("skipped: no Chromium is installed, which the tests of the dashboard's page need")
        return nil
    }()

    /// Where pictures of the page shall be left; nil: nowhere.
    private static let pictures = ProcessInfo.processInfo.environment["HAYATE_SCREENSHOTS"]

    /// Waits in the page until something is so; at most half a minute.
    private static func until(_ condition: String) -> String {
        """
        (async () => { for (let i = 0; i < 600; i += 1) { if (\(condition)) return true;
        await new Promise(done => setTimeout(done, 50)); } return false; })()
        """
    }

    private static let live = until("typeof byId === 'function' && byId('linkText').textContent === 'live'")

    /// - Returns: what the expressions came to, and what the page wrote to the console.
    private static func browse(
        _ address: String, _ expressions: [String], scheme: String = "light", size: (Int, Int) = (1280, 800),
        picture: String? = nil
    ) async throws -> (values: [JSONValue], said: [String]) {
        let chromium = try #require(chromium)
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Partner/browser.py").path
        var arguments = ["python3", script, chromium, "\(size.0)", "\(size.1)", scheme, address]
        if let picture, let pictures { arguments.append("\(pictures)/\(picture).png") }
        let words = arguments
        let output = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Data, any Error>) in
            Thread.detachNewThread {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                process.arguments = words
                let (input, output) = (Pipe(), Pipe())
                process.standardInput = input
                process.standardOutput = output
                do {
                    try process.run()
                    input.fileHandleForWriting.write(Data(expressions.joined(separator: "\n---\n").utf8))
                    try input.fileHandleForWriting.close()
                    let data = output.fileHandleForReading.readDataToEndOfFile()
                    process.waitUntilExit()
                    continuation.resume(returning: data)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
        let lines = output.split(separator: UInt8(ascii: "\n")).map { JSONValue($0) }
        let answers = try lines.map { try #require($0) }
        for answer in answers.dropLast() {
            if let error = answer["error"]?.string { Issue.record("\(error)") }
        }
        #expect(answers.count == expressions.count + 1)
        return (answers.dropLast().map { $0["value"] ?? .null },
            answers.last?["said"]?.elements.compactMap(\.string) ?? [])
    }

    @Test("a person who opens the address sees the session", .enabled(if: chromium != nil))
    func seen() async throws {
        try await withServer { server in
            let (values, said) = try await Self.browse(
                server.address,
                [
                    Self.live, "byId('name').textContent", "location.href",
                    "byId('submissionsTable').innerText", "true",
                    "document.querySelectorAll('#daemonsTable tbody tr').length", "byId('failures').innerText",
                    "timeline.rows.map(row => row.name + ' ' + row.spans.length).join(',')",
                    "byId('canvas').focus(), timeline.key({ key: 'n', preventDefault() {} }), "
                        + "byId('chosen').textContent",
                    // Colours in the picture of the timeline: of the bars of all kinds, not one or two of an empty one.
                    """
                    (() => { const c = byId('canvas'); const data = c.getContext('2d').getImageData(0, 0, c.width,
                    c.height).data; const seen = new Set(); for (let i = 0; i < data.length; i += 4) {
                    seen.add(data[i] + ',' + data[i + 1] + ',' + data[i + 2]); } return seen.size; })()
                    """,
                    "get('/trace.json').then(answer => answer.json()).then(trace => trace.traceEvents.length)",
                    "document.documentElement.scrollWidth <= innerWidth",
                ], picture: "dashboard-light")
            #expect(values[0] == true)
            #expect(values[1].string == "secret-fits")
            #expect(values[2].string == "http://127.0.0.1:\(server.port)/", "the token is not in the address any more")
            let submissions = values[3].string ?? ""
            #expect(submissions.contains("first") && submissions.contains("877 of 4,000"))
            #expect(values[5].integer == 3)
            #expect((values[6].string ?? "").contains("first/611") && (values[6].string ?? "").contains("step 40"))
            #expect(values[7].string == "node1:201 31,node2:202 31,node3:203 31")
            #expect((values[8].string ?? "").contains("first/1"))
            #expect((values[9].integer ?? 0) > 20)
            #expect((values[10].integer ?? 0) > 93)
            #expect(values[11] == true)
            #expect(said.isEmpty, "\(said)")
        }
    }

    @Test("texts that somebody evil has chosen are text", .enabled(if: chromium != nil))
    func evil() async throws {
        try await withServer { server in
            let (values, said) = try await Self.browse(
                server.address,
                [
                    Self.live, "window.evil === undefined", "document.images.length",
                    "byId('submissionsTable').textContent", "byId('failures').textContent",
                    "document.body.innerText.includes('\\u202e')",
                ])
            #expect(values[1] == true && values[2].integer == 0)
            #expect((values[3].string ?? "").contains(Fixture.evil))
            #expect((values[4].string ?? "").contains(Fixture.evil))
            #expect(values[5] == false)
            #expect(said.isEmpty, "\(said)")
        }
    }

    @Test("the address opens one browser; another one with it is told what to do", .enabled(if: chromium != nil))
    func second() async throws {
        try await withServer { server in
            _ = try await Self.browse(server.address, [Self.live])
            let (values, _) = try await Self.browse(
                server.address,
                [
                    Self.until("typeof byId === 'function' && byId('linkText').textContent.startsWith('not let in')"),
                    "byId('main').hidden", "byId('name').textContent",
                ])
            #expect(values == [true, true, "Hayate"])
        }
    }

    @Test("it is dark where people want it dark, and fits a phone", .enabled(if: chromium != nil))
    func phone() async throws {
        try await withServer { server in
            let (values, said) = try await Self.browse(
                server.address,
                [
                    Self.live, "getComputedStyle(document.body).backgroundColor",
                    "document.documentElement.scrollWidth <= innerWidth", "byId('canvas').clientWidth > 300",
                    // What one presses is as high as a finger needs it.
                    "[...document.querySelectorAll('button')].every(button => button.offsetHeight >= 36)",
                ], scheme: "dark", size: (390, 844), picture: "dashboard-phone")
            #expect(values[1].string == "rgb(17, 20, 24)")
            #expect(values[2] == true && values[3] == true && values[4] == true)
            #expect(said.isEmpty, "\(said)")
        }
    }

    @Test("of a session that has rested for long its last work is seen", .enabled(if: chromium != nil))
    func rested() async throws {
        let now = Date().timeIntervalSince1970
        let source = DashboardSource(
            snapshot: { Fixture.snapshot(now: Date().timeIntervalSince1970) },
            spans: { since, _ in
                Fixture.spans(now: now - 7_200).filter { $0.ended.map { $0 > since } ?? false }
            })
        try await withServer(source) { server in
            let (values, _) = try await Self.browse(
                server.address,
                [
                    Self.live, "timeline.spans.size", "timeline.follows",
                    "[...timeline.spans.values()].every(span => span.began > timeline.from && span.ended < timeline.to)",
                ])
            #expect(values == [true, .number("90"), false, true])
        }
    }

    @Test("what runs grows, and what is zoomed and moved stays there", .enabled(if: chromium != nil))
    func timeline() async throws {
        try await withServer { server in
            let key = { (name: String) in "timeline.key({ key: '\(name)', preventDefault() {} })" }
            let (values, _) = try await Self.browse(
                server.address,
                [
                    Self.live, "timeline.follows", key("0"), "timeline.follows",
                    "window.before = timeline.to - timeline.from",
                    key("+"), "timeline.to - timeline.from < window.before",
                    "window.place = timeline.from, \(key("ArrowRight")), timeline.from > window.place",
                    "window.place = timeline.from, \(Self.until("Date.now() > performance.timeOrigin + 6000"))"
                        + ".then(() => timeline.from === window.place)",
                    key("f"), "timeline.follows && Math.abs(timeline.to - now()) < 60",
                    "window.place = timeline.to, \(Self.until("timeline.to > window.place"))",
                ], scheme: "dark", picture: "dashboard-dark")
            #expect(values[1] == true && values[3] == false)
            #expect(values[6] == true && values[7] == true && values[8] == true && values[10] == true)
            #expect(values[11] == true)
        }
    }
}
