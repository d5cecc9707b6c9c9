import Foundation
import HayateCluster
import HayateCore
import Testing

/// What a real command printed: a file of Tests/Recorded.
///
/// Lines that begin with `# ` come first: `# command:`, `# exit:`, and `# source:` where it was not recorded here.
/// Then the
/// output, and behind `--- stderr` the errors.
struct Recording: CustomTestStringConvertible {
    var name: String
    var answer: CommandAnswer

    static let directory = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Recorded")

    /// - Parameter name: `slurm/sacct-timeout`.
    init(_ name: String) throws {
        self.name = name
        let text = try String(contentsOf: Self.directory.appending(path: name + ".txt"), encoding: .utf8)
        var exit: Int32 = 0
        var output = ""
        var errors = ""
        var isHeading = true
        var isError = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if isHeading, line.hasPrefix("# ") {
                if line.hasPrefix("# exit: ") { exit = Int32(line.dropFirst(8)) ?? 0 }
                continue
            }
            isHeading = false
            if line == "--- stderr" {
                isError = true
            } else if isError {
                errors += line + "\n"
            } else {
                output += line + "\n"
            }
        }
        answer = CommandAnswer(.process(.exited(code: exit)), output: output, errors: errors)
    }

    static func all(_ folder: String) throws -> [Recording] {
        try FileManager.default.contentsOfDirectory(atPath: directory.appending(path: folder).path)
            .filter { $0.hasSuffix(".txt") }.sorted().map { try Recording("\(folder)/\($0.dropLast(4))") }
    }

    var testDescription: String { name }
}

func recorded(_ name: String) throws -> CommandAnswer { try Recording(name).answer }

/// The reports of an answer; none where it failed.
func reports(_ answer: StatusAnswer) -> [JobReport] {
    if case .jobs(let reports) = answer { reports } else { [] }
}

extension StatusAnswer {
    var isFailure: Bool { if case .failed = self { true } else { false } }
}

extension JobReport {
    /// `9[3-9] pending JobArrayTaskLimit`, for comparisons that people can read.
    var short: String {
        let ranges = elements.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
        return ([
            job.text + (ranges.isEmpty ? "" : "[\(ranges.joined(separator: ","))]"), state.rawValue,
            end.map { "\($0.reason)" }, reason, nodes.isEmpty ? nil : "@" + nodes.joined(separator: ","),
        ] as [String?]).compactMap { $0 }.joined(separator: " ")
    }
}

extension SubmitAnswer {
    /// Which of the four it is.
    var kind: String {
        switch self {
        case .accepted: "accepted"
        case .refused: "refused"
        case .tryLater: "later"
        case .unclear: "unclear"
        }
    }
}
