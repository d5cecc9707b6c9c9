@testable import HayateView

/// What a terminal makes of the sequences that `ScreenUpdate` writes, and of no others.
struct TerminalStandIn {
    private(set) var cells: [[String]]
    private(set) var unknown: [String] = []
    private(set) var colours = 0
    private var row = 0
    private var column = 0
    /// Whether it takes what is not ASCII to be one column wider, as some do with some letters.
    let isGenerous: Bool

    init(_ size: Screen.Size, isGenerous: Bool = false) {
        cells = Array(repeating: Array(repeating: " ", count: size.columns), count: size.rows)
        self.isGenerous = isGenerous
    }

    var lines: [String] {
        cells.map { row in
            var line = row.joined()
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    mutating func write(_ text: String) {
        var scalars = Substring(text).unicodeScalars
        while let scalar = scalars.popFirst() {
            if scalar == "\u{1B}" {
                guard scalars.popFirst() == "[" else {
                    unknown.append("escape without bracket")
                    continue
                }
                var parameters = ""
                while let next = scalars.first, !(0x40...0x7E).contains(next.value) {
                    parameters.unicodeScalars.append(next)
                    scalars.removeFirst()
                }
                if let final = scalars.popFirst() { obey(final, parameters) }
            } else if scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format {
                unknown.append("U+\(String(scalar.value, radix: 16))")
            } else {
                show(scalar)
            }
        }
    }

    private mutating func obey(_ final: Unicode.Scalar, _ parameters: String) {
        switch (final, parameters) {
        case ("H", _):
            let numbers = parameters.split(separator: ";").compactMap { Int($0) }
            guard numbers.count == 2 else { return unknown.append("H \(parameters)") }
            (row, column) = (numbers[0] - 1, numbers[1] - 1)
        case ("J", "2"): cells = cells.map { $0.map { _ in " " } }
        case ("m", _):
            for number in parameters.split(separator: ";").compactMap({ Int($0) }) {
                if [31, 32, 33, 34, 35, 36, 90].contains(number) {
                    colours += 1
                } else if ![0, 1, 7].contains(number) {
                    unknown.append("m \(number)")
                }
            }
        case ("h", "?2026"), ("l", "?2026"): break
        default: unknown.append("\(parameters)\(final)")
        }
    }

    private mutating func show(_ scalar: Unicode.Scalar) {
        let width = TextWidth.columns(scalar)
        if width == 0 {
            // On the last thing that was shown.
            let before = stride(from: column - 1, through: 0, by: -1).first { !cells[row][$0].isEmpty }
            if let before { cells[row][before].unicodeScalars.append(scalar) }
            return
        }
        guard row < cells.count, column + width <= cells[row].count else { return unknown.append("outside") }
        if cells[row][column].isEmpty, column > 0 { cells[row][column - 1] = " " }
        if column + width < cells[row].count, cells[row][column + width].isEmpty { cells[row][column + width] = " " }
        cells[row][column] = String(Character(scalar))
        if width == 2 { cells[row][column + 1] = "" }
        column += width + (isGenerous && scalar.value > 0x7E ? 1 : 0)
    }
}
