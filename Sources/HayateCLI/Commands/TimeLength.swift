/// Reads lengths of time on the command line.
enum TimeLength {
    /// `30`, `30s`, `500ms`, `5m` or `5min`, `1.5h`, `2d`; a bare number is seconds.
    ///
    /// - Throws: for anything else, and for nothing, negative or more than 100 years.
    static func parse(_ text: String) throws -> Duration {
        let units = [
            ("ms", 0.001), ("min", 60.0), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0),
        ]
        var (number, factor) = (text[...], 1.0)
        if let unit = units.first(where: { text.hasSuffix($0.0) }) {
            number = text.dropLast(unit.0.count)
            factor = unit.1
        }
        guard let first = number.first, first.isNumber || first == ".",
            let value = Double(number), value.isFinite,
            case let seconds = value * factor, seconds > 0, seconds <= 3.2e9
        else { throw CommandLineError.badDuration(text) }
        return .microseconds(Int64((seconds * 1e6).rounded(.up)))
    }
}
