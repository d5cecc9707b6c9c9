import Foundation

/// The names inside a results directory.
///
/// ```
/// sweep.json                     what was run: command, seed, inputs
/// outcomes.jsonl                 one line per finished element, appended; of a key the last counts
/// output/0000/000017.out         what element 17 wrote to standard output
/// output/0000/000017.err         and to standard error, if anything
/// results.csv                    one row per element in input order, after a run through all
/// inputs lock                           held while a run uses the directory
/// ```
struct ResultsLayout: Sendable {
    let directory: String

    var sweep: String { "\(directory)/sweep.json" }
    var outcomes: String { "\(directory)/outcomes.jsonl" }
    var table: String { "\(directory)/results.csv" }
    var partialTable: String { "\(directory)/.results.csv.partial" }
    var lock: String { "\(directory)/lock" }
    var output: String { "\(directory)/output" }

    /// Elements per directory: file systems and people are slow with many more.
    static let shardSize = 1000

    /// `output/0000/000017`, without the ending.
    ///
    /// - Parameter key: given when the plain name belongs to an element of earlier inputs.
    static func outputStem(index: Int, key: ElementKey?) -> String {
        let variant = key.map { ".\($0.description.prefix(8))" } ?? ""
        return "output/\(padded(index / shardSize, 4))/\(padded(index, 6))\(variant)"
    }

    /// Whether a path from `outcomes.jsonl` has the form of those that are written there: what
    /// someone put into that file must not lead anywhere else.
    static func isOutputPath(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0] == "output" && isDigits(parts[1])
            && parts[2].utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == UInt8(ascii: ".")
            } && parts[2].utf8.first.map { (0x30...0x39).contains($0) } == true
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
