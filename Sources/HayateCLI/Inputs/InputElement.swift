import Hayate

/// One element of a sweep: the values of one run of the command.
struct InputElement: Sendable, Equatable {
    /// Its place in the inputs; the first has 1.
    var index: Int
    /// One value for each of the `InputColumns`.
    var values: [String]
}

/// The places of an element's values, and the names of those that have one.
struct InputColumns: Sendable, Equatable {
    /// One for each value; `nil` where it comes from a plain list.
    let names: [String?]
    private let positions: [String: Int]

    /// - Throws: when two columns have the same name.
    init(names: [String?]) throws {
        var positions: [String: Int] = [:]
        for (position, name) in names.enumerated() {
            guard let name else { continue }
            guard positions.updateValue(position, forKey: name) == nil else {
                throw CommandLineError.duplicateColumn(name)
            }
        }
        self.names = names
        self.positions = positions
    }

    var count: Int { names.count }

    /// Whether there is a CSV file, a TSV file or a grid, so that `{word}` should name a column.
    var areNamed: Bool { !positions.isEmpty }

    func position(of name: String) -> Int? { positions[name] }

    /// Headings for a table: the name, or `input1`, `input2`, … where there is none.
    var headings: [String] {
        names.enumerated().map { position, name in name ?? "input\(position + 1)" }
    }

    /// The values as a person reads them: `mass=1.2 charge=-1`, or `A 1` for plain lists.
    func describe(_ values: [String]) -> String {
        zip(names, values).map { name, value in
            let word = HumanText.shellWord(value)
            return name.map { "\($0)=\(word)" } ?? word
        }.joined(separator: " ")
    }
}

/// Bounds on what is read as input.
enum InputLimits {
    /// Most values of a list that must be held whole because another one varies more slowly.
    static let heldValues = 10_000_000
    /// Elements read ahead of those being run, so that most sweeps know their total from the start.
    static let readAhead = 131_072
}
