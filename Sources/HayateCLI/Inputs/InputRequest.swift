import Hayate

/// What the command line says about inputs, before any of it is opened.
struct InputRequest: Sendable {
    var csvFiles: [String] = []
    var tsvFiles: [String] = []
    var grids: [String] = []
    var lists: [InputTail.List] = []
    /// Whether values in files and on standard input end with NUL and not with the line.
    var isNullSeparated = false

    /// Opens everything. Tables come first, then grids, then lists; without any of them there is
    /// standard input with one value per line.
    ///
    /// - Parameter standardInput: its descriptor, and whether a person is typing there.
    func open(
        standardInput: Int32, isTerminal: Bool
    ) throws -> InputElements {
        var sources: [any RowSource] = []
        var hasUsedStandardInput = false

        func reader(_ path: String) throws -> ByteReader {
            guard path == "-" else { return try asInput { try ByteReader(path: path) } }
            guard !hasUsedStandardInput else { throw CommandLineError.standardInputTwice }
            hasUsedStandardInput = true
            return ByteReader(
                descriptor: OwnedDescriptor(standardInput, closes: false), name: "standard input")
        }

        let separator: UInt8 = isNullSeparated ? 0 : UInt8(ascii: "\n")
        for path in csvFiles {
            sources.append(try DelimitedSource(reader(path), separator: UInt8(ascii: ",")))
        }
        for path in tsvFiles {
            sources.append(try DelimitedSource(reader(path), separator: UInt8(ascii: "\t")))
        }
        for text in grids {
            let grid = try Grid(text)
            sources.append(
                ListSource(grid.values, column: grid.name, name: "the grid '\(grid.name)'"))
        }
        var group: [any RowSource] = []
        for (position, list) in lists.enumerated() {
            if !list.isLinked, !group.isEmpty {
                sources.append(group.count == 1 ? group[0] : LinkedSource(group))
                group = []
            }
            switch list.content {
            case .values(let values):
                group.append(ListSource(values, name: "list \(position + 1)"))
            case .file(let path):
                group.append(LineSource(try reader(path), separator: separator))
            }
        }
        if !group.isEmpty {
            sources.append(group.count == 1 ? group[0] : LinkedSource(group))
        }
        if sources.isEmpty {
            guard !isTerminal else { throw CommandLineError.noInputs }
            sources.append(LineSource(try reader("-"), separator: separator))
        }
        return try InputElements(sources)
    }

    /// One line for `sweep.json` that says where the inputs came from.
    var summary: String {
        var parts = csvFiles.map { "--csv \(HumanText.shellWord($0))" }
        parts += tsvFiles.map { "--tsv \(HumanText.shellWord($0))" }
        parts += grids.map { "--grid \(HumanText.shellWord($0))" }
        for list in lists {
            let plus = list.isLinked ? "+" : ""
            switch list.content {
            case .file(let path): parts.append("::::\(plus) \(HumanText.shellWord(path))")
            case .values(let values):
                let shown = values.prefix(20).map(HumanText.shellWord)
                let rest = values.count > 20 ? ["… (\(values.count) values)"] : []
                parts.append(([":::\(plus)"] + shown + rest).joined(separator: " "))
            }
        }
        return parts.isEmpty ? "standard input" : parts.joined(separator: " ")
    }
}
