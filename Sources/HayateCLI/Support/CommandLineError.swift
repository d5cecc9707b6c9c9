/// Why a command line cannot be carried out, or a run had to end: one sentence that names the
/// thing, and one that says what to do about it.
///
/// Not for elements that fail: those are outcomes, not errors.
struct CommandLineError: Error, Equatable, CustomStringConvertible {
    /// What kind of thing went wrong; more may be added.
    struct Code: Hashable, Sendable, CustomStringConvertible {
        let description: String

        /// The command line itself is wrong.
        static let usage = Code(description: "usage")
        /// A list of inputs cannot be read, or holds something unusable.
        static let input = Code(description: "input")
        /// A results directory cannot be used.
        static let results = Code(description: "results")
        /// What was asked for could not be written.
        static let output = Code(description: "output")
    }

    var code: Code
    var message: String
    var hint: String

    var description: String { hint.isEmpty ? message : "\(message); \(hint)" }
}
