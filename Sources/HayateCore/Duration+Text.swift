extension Duration {
    /// Reads a time that a person wrote: a number of seconds, or a number with a unit, `ms`, `s`, `m` or
    /// `min`, `h` or `d`. Nil for anything else, for negative times and for times over 292 years.
    public init?(text: String) {
        let units: [(String, Double)] = [
            ("ms", 1e-3), ("min", 60), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400), ("", 1),
        ]
        for (unit, seconds) in units where text.hasSuffix(unit) {
            guard let number = Double(text.dropLast(unit.utf8.count)), number >= 0,
                number * seconds < 9.2e9, let first = text.first,
                first.isASCII && first.isNumber || first == "."
            else { return nil }
            self = .nanoseconds(Int64(number * seconds * 1e9))
            return
        }
        return nil
    }

    /// The duration as a person would say it: `850 ms`, `12.3 s`, `4 min 10 s`, `2 h 5 min`.
    public var readable: String {
        let nanoseconds = self.nanoseconds
        let seconds = Double(nanoseconds) / 1e9
        switch seconds {
        case ..<1: return "\(nanoseconds / 1_000_000) ms"
        case ..<60:
            // Whole numbers: rounding would need the mathematics library in every debug build.
            let tenths = (nanoseconds + 50_000_000) / 100_000_000
            return "\(tenths / 10).\(tenths % 10) s"
        case ..<3600: return "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
        default: return "\(Int(seconds) / 3600) h \(Int(seconds) % 3600 / 60) min"
        }
    }
}
