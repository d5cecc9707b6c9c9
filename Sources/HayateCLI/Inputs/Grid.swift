/// One `--grid name=VALUES`: values between commas, where `1..10` and `0..1:0.25` stand for all
/// numbers of a range, both ends included.
///
/// Ranges count in decimal digits, never in binary fractions: `0..1:0.1` has 11 values and the
/// fourth is `0.3`. Ends with leading zeros, as in `001..100`, give numbers of the same width.
struct Grid: Sendable, Equatable {
    let name: String
    let values: [String]

    init(_ text: String) throws {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            throw CommandLineError.badGrid(text, "it has no name and equals sign")
        }
        name = String(text[..<equals])
        var values: [String] = []
        for part in text[text.index(after: equals)...]
            .split(separator: ",", omittingEmptySubsequences: false)
        {
            guard try Self.appendRange(part, of: text, to: &values) else {
                guard !part.isEmpty else {
                    throw CommandLineError.badGrid(text, "one of its values is empty")
                }
                values.append(String(part))
                continue
            }
        }
        self.values = values
    }

    /// - Returns: `false` when the text is no range, and so a plain value.
    private static func appendRange(
        _ part: Substring, of text: String, to values: inout [String]
    ) throws -> Bool {
        guard let dots = part.firstRange(of: "..") else { return false }
        let rest = part[dots.upperBound...].split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = Decimal(part[..<dots.lowerBound]), let end = rest.first,
            let last = Decimal(end)
        else { return false }
        var step = Decimal(units: first.value(at: 9) <= last.value(at: 9) ? 1 : -1, digits: 0)
        if rest.count == 2 {
            guard let given = Decimal(rest[1]) else {
                throw CommandLineError.badGrid(text, "'\(rest[1])' is not a step")
            }
            step = given
        }
        let digits = max(first.digits, last.digits, step.digits)
        let (low, high) = (first.value(at: digits), last.value(at: digits))
        let stride = step.value(at: digits)
        guard stride != 0, (high - low).signum() * stride.signum() >= 0 else {
            throw CommandLineError.badGrid(text, "the step of '\(part)' never reaches its end")
        }
        guard (high - low) / stride < InputLimits.heldValues else {
            throw CommandLineError.badGrid(text, "'\(part)' has too many values")
        }
        let width = max(first.paddedWidth, last.paddedWidth)
        var value = low
        while stride > 0 ? value <= high : value >= high {
            values.append(Decimal(units: value, digits: digits).text(width: width))
            value += stride
        }
        return true
    }
}

/// A decimal number as an integer of its last digit.
private struct Decimal {
    var units: Int
    var digits: Int
    /// The width of the number when it was written with leading zeros, 0 otherwise.
    var paddedWidth = 0

    init(units: Int, digits: Int) {
        self.units = units
        self.digits = digits
    }

    /// At most 9 digits before the point and 9 after it, so that no arithmetic here can overflow.
    init?(_ text: Substring) {
        var rest = text
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest = rest.dropFirst() }
        let parts = rest.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? parts[1] : ""
        guard let whole = parts.first, !whole.isEmpty, whole.count <= 9, fraction.count <= 9,
            parts.count == 1 || !fraction.isEmpty,
            (whole + fraction).utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let magnitude = Int(whole + fraction)
        else { return nil }
        units = isNegative ? -magnitude : magnitude
        digits = fraction.count
        if whole.count > 1, whole.first == "0" { paddedWidth = whole.count }
    }

    func value(at wanted: Int) -> Int {
        var value = units
        for _ in digits..<max(digits, wanted) { value *= 10 }
        return value
    }

    func text(width: Int) -> String {
        var digitsText = String(units.magnitude)
        var fraction = ""
        if digits > 0 {
            let missing = max(0, digits + 1 - digitsText.count)
            digitsText = String(repeating: "0", count: missing) + digitsText
            fraction = String(digitsText.suffix(digits))
            digitsText = String(digitsText.dropLast(digits))
            while fraction.last == "0" { fraction.removeLast() }
        }
        let padding = String(repeating: "0", count: max(0, width - digitsText.count))
        let text = padding + digitsText + (fraction.isEmpty ? "" : "." + fraction)
        return units < 0 ? "-" + text : text
    }
}
