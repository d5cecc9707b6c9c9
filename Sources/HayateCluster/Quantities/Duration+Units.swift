import HayateCore

extension Duration {
    /// Reads a time whose units are written: `12h`, `300s`, `1d12h`, `1.5h`, `500ms`; `min` is as good as `m`.
    ///
    /// Nil for anything else: for a number without a unit, which is minutes to one scheduler and seconds to
    /// another, for `12:30:00`, and for more than 100 years.
    public init?(withUnits text: String) {
        let units: [(name: Substring, milliseconds: Double)] = [
            ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("min", 60_000), ("s", 1000), ("ms", 1),
        ]
        var rest = text[...]
        var total = 0.0
        var previous = Double.infinity
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest[number.endIndex...]
            let name = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest[name.endIndex...]
            guard let first = number.first, first != ".", let value = Double(number),
                let unit = units.first(where: { $0.name == name }), unit.milliseconds < previous
            else { return nil }
            previous = unit.milliseconds
            total += value * unit.milliseconds
        }
        guard total <= 3_155_760_000_000 else { return nil }
        self = .milliseconds(Int64(total))
    }

    /// As `init(withUnits:)` reads it, in the largest units: `1d12h`, `90s` as `1m30s`, nothing as `0s`.
    public var withUnits: String {
        var rest = nanoseconds / 1_000_000
        guard rest > 0 else { return "0s" }
        var text = ""
        for (name, milliseconds) in [("d", Int64(86_400_000)), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]
        where rest >= milliseconds {
            text += "\(rest / milliseconds)\(name)"
            rest %= milliseconds
        }
        return text
    }

}
