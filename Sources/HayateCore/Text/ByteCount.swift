/// Amounts of memory as people write them.
public enum ByteCount {
    /// Powers of 1024 and of 1000, as IEC 80000-13 and SI name them; the short forms of schedulers are powers of 1024.
    private static let units: [(name: String, bytes: Int64)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
        ("kB", 1000), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30), ("T", 1 << 40), ("B", 1),
    ]

    /// The largest unit in which it is a whole number: `4 GiB`, `1536 MiB`, `1000 B`.
    public static func text(_ bytes: Int64) -> String {
        for (name, factor) in units.prefix(4).reversed() where bytes >= factor && bytes % factor == 0 {
            return "\(bytes / factor) \(name)"
        }
        return "\(bytes) B"
    }

    /// Reads `4GiB`, `1.5TiB`, `512M` or `100B`. Nil for anything else: a number without a unit, too, which means
    /// something else to each program.
    public static func bytes(in text: String) -> Int64? {
        for (name, factor) in units where text.hasSuffix(name) {
            let number = text.dropLast(name.count)
            guard let first = number.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
                return nil
            }
            if let whole = Int64(number) {
                let (bytes, isTooMuch) = whole.multipliedReportingOverflow(by: factor)
                return isTooMuch ? nil : bytes
            }
            guard let value = Double(number), value * Double(factor) < 9e18 else { return nil }
            return Int64(value * Double(factor))
        }
        return nil
    }
}
