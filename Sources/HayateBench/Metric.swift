import Glibc

/// One measured figure, printed as one JSON line.
struct Metric {
    var name: String
    var value: Double
    var unit: String
    /// The same thing done with less, measured in the same run.
    var floor: Double?
    var floorName: String?
    /// `value / floor`, or the other way round where more is better and the floor is a ceiling.
    var ratio: Double?
    var note: String?

    init(
        _ name: String, _ value: Double, _ unit: String, floor: Double? = nil,
        floorName: String? = nil, note: String? = nil
    ) {
        self.name = name
        self.value = value
        self.unit = unit
        self.floor = floor
        self.floorName = floorName
        self.note = note
        if let floor, floor > 0 { ratio = value / floor }
    }

    func emit() {
        var fields = ["\"metric\":\"\(name)\"", "\"value\":\(Self.text(value))", "\"unit\":\"\(unit)\""]
        if let floor { fields.append("\"floor\":\(Self.text(floor))") }
        if let floorName { fields.append("\"floor_is\":\"\(floorName)\"") }
        if let ratio { fields.append("\"ratio\":\(Self.text(ratio))") }
        if let note { fields.append("\"note\":\"\(note)\"") }
        let line = Array(("{" + fields.joined(separator: ",") + "}\n").utf8)
        _ = line.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
    }

    /// Four significant digits.
    private static func text(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return "0" }
        var scale = 1.0
        while abs(value) * scale < 1_000 { scale *= 10 }
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() && abs(rounded) < 1e15
            ? String(Int64(rounded)) : String(rounded)
    }
}

extension [Double] {
    /// The middle one: these machines are noisy.
    var median: Double {
        guard !isEmpty else { return 0 }
        return sorted()[count / 2]
    }
}

/// Seconds that the body takes.
func seconds(_ body: () async throws -> Void) async rethrows -> Double {
    let start = Floor.microseconds()
    try await body()
    return (Floor.microseconds() - start) / 1e6
}
