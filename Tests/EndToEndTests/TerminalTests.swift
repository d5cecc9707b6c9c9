import Foundation
import Testing

extension EndToEnd {
    /// What a person at a terminal sees.
    @Suite struct OnTheTerminal {}
}

extension EndToEnd.OnTheTerminal {
    @Test func `progress shows rate and remaining time within the width`() async throws {
        let end = try await shell(
            "hayate map -n 2 sleep ::: $(for i in $(seq 30); do echo 0.1; done)",
            screen: .terminal(columns: 70))
        #expect(end.code == 0)
        let drawings = PseudoTerminal.drawings(on: end.output).filter { $0.contains(" of 30 (") }
        let bars = drawings.filter { $0.hasPrefix("[") }
        #expect(bars.count > 3)
        #expect(bars.contains { $0.contains("/s") && $0.contains(" left") && $0.contains("#") })
        #expect(drawings.allSatisfy { $0.count < 70 })
        #expect(end.output.contains("hayate: 30 of 30 succeeded"))
        // The line was taken away before the summary.
        let beforeSummary = end.output.prefix(
            upTo: try #require(end.output.range(of: "hayate: 30 of 30")).lowerBound)
        #expect(beforeSummary.hasSuffix("\r\u{1B}[K"))
    }

    @Test func `a narrow terminal gets a short line`() async throws {
        let end = try await shell(
            "hayate map -n 2 sleep ::: $(for i in $(seq 10); do echo 0.1; done)",
            screen: .terminal(columns: 20))
        let drawings = PseudoTerminal.drawings(on: end.output).filter { $0.contains(" %)") }
        #expect(!drawings.isEmpty)
        #expect(drawings.allSatisfy { $0.count < 20 })
    }

    @Test func `results and progress share a screen`() async throws {
        let end = try await shell(
            "hayate map -n 2 --shell 'sleep 0.1; echo result {}' ::: $(seq 12)",
            screen: .terminal(columns: 80))
        #expect(end.output.contains(" of 12"))
        // What is left of each line when the progress drawn before it has been erased.
        let results = end.output.split(separator: "\r\n").compactMap { line in
            line.split(separator: "\u{1B}[K").last.map { $0.drop { $0 == "\r" } }
        }.filter { $0.hasPrefix("result") }
        #expect(results.map(String.init) == (1...12).map { "result \($0)" })
    }

    @Test func `progress goes to the terminal while results go to a file`() async throws {
        let end = try await shell(
            "hayate map -n 2 --shell 'sleep 0.1; echo {}' ::: 1 2 3 4 5 6",
            screen: .terminalForErrors(columns: 80))
        #expect(end.lines == ["1", "2", "3", "4", "5", "6"])
        #expect(end.error.contains(" of 6"))
        #expect(end.error.contains("6 of 6 succeeded"))
    }

    @Test func `piped, there is no progress and no summary`() async throws {
        let end = try await shell("hayate map -n 2 --shell 'sleep 0.1; echo {}' ::: 1 2 3 4 5 6")
        #expect(end.lines == ["1", "2", "3", "4", "5", "6"])
        #expect(end.error == "")
    }

    @Test func `without inputs it does not wait for the keyboard`() async throws {
        let end = try await shell("hayate map echo", screen: .terminal(columns: 80))
        #expect(end.code == 2)
        #expect(end.output.contains("::: A B C"))
    }
}
