import Foundation
import Hayate

/// What a results directory holds the results of: `sweep.json`.
struct SweepDescription: Codable, Sendable, Equatable {
    /// Of the directory's layout. A newer one is refused.
    static let currentFormat = 1

    var format = currentFormat
    /// The version of hayate that wrote it last.
    var version = Version.current
    /// The words of the command with their placeholders.
    var command: [String]
    var usesShell: Bool
    /// As text, because many readers of JSON lose digits of large numbers.
    var seed: String
    /// Where the inputs came from the last time.
    var inputs: String
    /// The names of the input columns.
    var columns: [String]
    var created: String
    var updated: String

    /// In what it differs from a sweep whose results may join these; `nil` when they may.
    ///
    /// - Parameter seed: the one that was asked for; `nil` accepts any.
    func difference(from command: [String], usesShell: Bool, seed: UInt64?) -> String? {
        if self.command != command || self.usesShell != usesShell {
            return "its command is \(HumanText.command(self.command))"
        }
        if let seed, String(seed) != self.seed { return "its seed is \(self.seed)" }
        return nil
    }
}

/// The version of this program.
enum Version {
    static let current = "0.1.0"
}
