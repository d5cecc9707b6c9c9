import ArgumentParser
import Foundation
import Hayate

/// How elements are submitted: options of `hayate submit`, and of `hayate map --session`.
struct SubmissionChoices: ParsableArguments, Sendable {
    static let names = ["--session", "--name", "--key", "--needs", "--priority", "--directory"]

    @Option(
        help: ArgumentHelp(
            "What the submission is called: 1 to 64 of A-Z a-z 0-9 . _ - (default: made from the command).",
            valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Submit it once only, however often this is called: whoever gives the same key again gets the submission "
                + "that is there.", valueName: "text"))
    var key: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Start when this has succeeded: a submission as a whole, a/5 an element of it, or 'a[*]' for each element "
                + "that of a with the same number; may be given again.", valueName: "what"),
        transform: Need.init)
    var needs: [Need] = []

    @Option(help: ArgumentHelp("Higher ones run earlier: -128 to 127.", valueName: "number"))
    var priority: Int8 = 0

    @Option(
        help: ArgumentHelp(
            "Where the commands run (default: here, but where daemons are started if they are on other machines by "
                + "--ssh or --listen).", valueName: "dir"))
    var directory: String?

    /// Those that were given.
    var options: [String] {
        [
            ("--name", name != nil), ("--key", key != nil), ("--needs", !needs.isEmpty), ("--priority", priority != 0),
            ("--directory", directory != nil),
        ].filter(\.1).map(\.0)
    }
}

/// The session that a map runs in.
struct MapSessionOptions: ParsableArguments, Sendable {
    @Option(
        name: .customLong("session"),
        help: ArgumentHelp(
            "Run it in this session, where it goes on after Ctrl-C: see 'hayate help submit'.", valueName: "name"))
    var name: String?

    @OptionGroup var submission: SubmissionChoices

    func validate() throws {
        if name == nil, let option = submission.options.first {
            throw ValidationError("\(option) is about submissions: it needs --session.")
        }
    }
}

/// What an element of a sweep waits for.
enum Need: Hashable, Sendable {
    /// All elements of a submission.
    case all(String)
    case element(SessionTaskName)
    /// The one with the same number.
    case each(String)

    /// `a`, `a/5`, `a[*]`.
    init(_ text: String) throws {
        if text.hasSuffix("[*]"), text.count > 3, !text.contains("/") {
            self = .each(String(text.dropLast(3)))
        } else if let task = SessionTaskName(text) {
            self = .element(task)
        } else if !text.isEmpty, !text.contains("/"), !text.contains("[") {
            self = .all(text)
        } else {
            throw ValidationError(
                "'\(text)' names nothing that can be needed: write a submission, a/5 for an element of it, or 'a[*]'.")
        }
    }

    var submission: String {
        switch self {
        case .all(let name), .each(let name): name
        case .element(let task): task.submission
        }
    }
}
