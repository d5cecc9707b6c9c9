/// An amount of memory in bytes, which is always written with a unit.
public struct MemorySize: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var bytes: UInt64

    public init(bytes: UInt64) { self.bytes = bytes }

    public static func mebibytes(_ count: UInt64) -> MemorySize { MemorySize(bytes: count << 20) }
    public static func gibibytes(_ count: UInt64) -> MemorySize { MemorySize(bytes: count << 30) }

    /// Powers of 1000 and of 1024, as SI and IEC 80000-13 name them; the short forms of schedulers (`K`, `M`, `G`,
    /// `T`) are powers of 1024, as Slurm, PBS and Grid Engine take them.
    private static let units: [(name: String, bytes: UInt64)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
        ("kB", 1000), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30), ("T", 1 << 40), ("B", 1),
    ]

    /// Reads `4GiB`, `230 GB`, `512M` or `1.5TiB`. Nil for anything else: a number without a unit, too,
    /// which means something else to each scheduler.
    public init?(text: String) {
        for (name, factor) in Self.units where text.hasSuffix(name) {
            var number = text.dropLast(name.count)
            while number.last == " " { number.removeLast() }
            guard let first = number.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
                return nil
            }
            if let whole = UInt64(number) {
                let (bytes, overflow) = whole.multipliedReportingOverflow(by: factor)
                guard !overflow else { return nil }
                self.bytes = bytes
                return
            }
            guard let value = Double(number), value >= 0, value * Double(factor) < 9e18 else { return nil }
            bytes = UInt64(value * Double(factor))
            return
        }
        return nil
    }

    /// In whole mebibytes, rounded up: what most schedulers count in.
    public var mebibytesRoundedUp: UInt64 { bytes / (1 << 20) + (bytes % (1 << 20) == 0 ? 0 : 1) }

    /// The largest unit in which it is a whole number: `4GiB`, `1536MiB`, `1000B`.
    public var description: String {
        for (name, factor) in [("TiB", UInt64(1) << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where bytes >= factor && bytes % factor == 0 {
            return "\(bytes / factor)\(name)"
        }
        return "\(bytes)B"
    }

    public static func < (left: MemorySize, right: MemorySize) -> Bool { left.bytes < right.bytes }
}
