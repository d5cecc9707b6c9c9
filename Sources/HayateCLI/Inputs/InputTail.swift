/// The words behind the options of `hayate map`, split into the command and its lists of inputs.
struct InputTail: Sendable, Equatable {
    /// One list behind the command.
    struct List: Sendable, Equatable {
        enum Content: Sendable, Equatable {
            /// The values themselves (`:::`).
            case values([String])
            /// A file with one value per line (`::::`); `-` is standard input.
            case file(String)
        }

        var content: Content
        /// Whether it advances together with the list before it (`:::+`, `::::+`).
        var isLinked: Bool
    }

    var command: [String]
    var lists: [List]

    /// - Throws: when there is no command, a list is linked to nothing, or `::::` names no file.
    init(_ words: [String]) throws {
        let markers: Set = [":::", "::::", ":::+", "::::+"]
        let firstMarker = words.firstIndex(where: markers.contains) ?? words.endIndex
        command = Array(words[..<firstMarker])
        // A leading -- only ends the options.
        if command.first == "--" { command.removeFirst() }
        guard !command.isEmpty else { throw CommandLineError.noCommand }

        lists = []
        var position = firstMarker
        while position < words.endIndex {
            let marker = words[position]
            let end = words[(position + 1)...].firstIndex(where: markers.contains) ?? words.endIndex
            let values = Array(words[(position + 1)..<end])
            let isLinked = marker.hasSuffix("+")
            if isLinked && lists.isEmpty { throw CommandLineError.linkWithoutList(marker) }
            if marker.hasPrefix("::::") {
                guard !values.isEmpty else { throw CommandLineError.noFile(after: marker) }
                lists += values.map { List(content: .file($0), isLinked: isLinked) }
            } else {
                lists.append(List(content: .values(values), isLinked: isLinked))
            }
            position = end
        }
    }
}
