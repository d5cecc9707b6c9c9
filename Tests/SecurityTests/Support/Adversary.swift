import Glibc
import Testing

@testable import HayateTransport

/// The attacks of docs/threat-model.md, one after the other: some of them measure time.
@Suite("Adversary", .serialized, .timeLimit(.minutes(5)))
struct Adversary {}

struct Failed: Error, CustomStringConvertible {
    var description: String
    init(_ what: String) { description = what }
}

/// Lets `body` block a thread of its own, none of those that all tests share.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        ServiceThread.start("hayate-test") { continuation.resume(with: Result { try body() }) }
    }
}

/// Waits for what nobody announces, by looking again and again.
func eventually(_ what: String, within limit: Duration = .seconds(20), _ isTrue: () -> Bool) throws {
    let end = MonotonicClock.now + limit
    while !isTrue() {
        guard MonotonicClock.now < end else { throw Failed("not within \(limit): \(what)") }
        usleep(2_000)
    }
}

/// How long things took.
struct Times {
    private(set) var all: [Double] = []

    /// In milliseconds.
    mutating func add(_ time: Duration) { all.append(time / .milliseconds(1)) }

    /// In milliseconds; `share` of all are not longer.
    func percentile(_ share: Double) -> Double {
        let sorted = all.sorted()
        guard let last = sorted.last else { return .infinity }
        let index = Int((Double(sorted.count) * share).rounded(.up)) - 1
        return index < 0 ? sorted[0] : index < sorted.count ? sorted[index] : last
    }

    var median: Double { percentile(0.5) }
    var longest: Double { all.max() ?? 0 }
}

/// A number with so many digits after the point, without Foundation.
func text(_ value: Double, _ digits: Int = 1) -> String {
    guard value.isFinite else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let rounded = Int((abs(value) * scale).rounded())
    let whole = "\(value < 0 ? "-" : "")\(rounded / Int(scale))"
    guard digits > 0 else { return whole }
    let rest = "\(rounded % Int(scale))"
    return whole + "." + String(repeating: "0", count: digits - rest.count) + rest
}

/// Whether two sets of measurements have different means: Welch's t. Beyond about 5 they have.
func welch(_ left: [Double], _ right: [Double]) -> Double {
    func moments(_ values: [Double]) -> (mean: Double, ofMean: Double) {
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, squares / (count - 1) / count)
    }
    let (first, second) = (moments(left), moments(right))
    let error = (first.ofMean + second.ofMean).squareRoot()
    return error == 0 ? 0 : (first.mean - second.mean) / error
}

/// Repeatable noise (SplitMix64).
struct Noise: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
