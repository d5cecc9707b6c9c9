import ArgumentParser
import Foundation
import HayateCluster

/// What the commands about sites print.
enum SiteAnswer {
    static func print(_ text: String) {
        let environment = ProgramEnvironment.current
        environment.write(text, to: environment.output)
    }

    static func note(_ sentences: [String]) {
        let environment = ProgramEnvironment.current
        for sentence in sentences { environment.write("hayate: \(sentence)\n", to: environment.error) }
    }

    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n")
    }

    /// Lines with columns as wide as their widest word.
    static func table(_ rows: [[String]]) -> String {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, word) in row.enumerated() {
                line += word
                if column < row.count - 1 {
                    line += String(repeating: " ", count: widths[column] - word.count + 2)
                }
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    /// Says what is wrong, one line for each fault, and ends with the exit code for it.
    static func fail(_ faults: SettingFaults, _ form: ReportForm) throws -> Never {
        if form == .json {
            try json(["faults": faults.faults.map(FaultAnswer.init)])
        } else {
            let environment = ProgramEnvironment.current
            for fault in faults.faults { environment.write("\(fault)\n", to: environment.error) }
        }
        throw ExitCode(ExitStatus.unusable)
    }

    /// Runs a body, and says what is wrong with settings in the form that was asked for.
    static func reporting<Result>(_ form: ReportForm, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let faults as SettingFaults {
            try fail(faults, form)
        } catch let error as ClusterError {
            try fail(SettingFaults([error]), form)
        }
    }
}

/// A fault, as JSON.
struct FaultAnswer: Encodable {
    var file: String?
    var line: Int?
    var message: String

    init(_ fault: ClusterError) {
        message = fault.message
        guard let place = fault.place else { return }
        let parts = place.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count > 1, let last = parts.last, let line = Int(last) {
            self.line = line
            file = parts.dropLast().joined(separator: ":")
        } else {
            file = place
        }
    }
}

/// A setting's origin, as JSON.
struct OriginAnswer: Encodable {
    var layer: String
    var source: String
    var line: Int?

    init(_ origin: SettingOrigin) {
        layer = origin.layer.title
        source = origin.source
        line = origin.line
    }
}

/// Settings as JSON: texts, lists and maps; numbers are texts, as they have units.
struct NodeAnswer: Encodable {
    var node: SettingNode

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        switch node.content {
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .scalar(let text):
            var container = encoder.singleValueContainer()
            try container.encode(text)
        case .list(let nodes):
            var container = encoder.unkeyedContainer()
            for node in nodes { try container.encode(NodeAnswer(node: node)) }
        case .map(let entries):
            var container = encoder.container(keyedBy: Name.self)
            for entry in entries {
                try container.encode(NodeAnswer(node: entry.value), forKey: Name(stringValue: entry.key))
            }
        }
    }
}
