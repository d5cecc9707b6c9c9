import Foundation
import Hayate

/// What `hayate` leaves with a submission, to show its results again.
struct SubmissionSheet: Codable, Equatable, Sendable {
    static let currentFormat = 1

    var format = currentFormat
    /// The words of the command with their placeholders.
    var command: [String]
    var usesShell: Bool
    /// Of the sweep; as text, because many readers of JSON lose digits of large numbers.
    var seed: String
    /// Where the inputs came from.
    var inputs: String
    /// The names of the input columns; null for those that have none.
    var columns: [String?]

    func bytes() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }

    /// nil: another program submitted it, or a later version of this one.
    init?(_ bytes: [UInt8]) {
        guard let sheet = try? JSONDecoder().decode(Self.self, from: Data(bytes)), sheet.format <= Self.currentFormat
        else { return nil }
        self = sheet
    }

    init(_ sweep: Sweep, seed: UInt64) {
        command = sweep.template.words
        usesShell = sweep.template.usesShell
        self.seed = String(seed)
        inputs = sweep.inputs.summary
        columns = sweep.elements.columns.names
    }

    /// What the elements run, for people.
    var label: String { String(HumanText.command(command).prefix(200)) }

    func inputColumns() throws -> InputColumns { try InputColumns(names: columns) }
}
