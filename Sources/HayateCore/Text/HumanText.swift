/// Numbers and lengths of time as people read them.
package enum HumanText {
    /// `1234567` as `1,234,567`.
    package static func number(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var text = value < 0 ? "-" : ""
        for (offset, digit) in digits.enumerated() {
            if offset > 0 && (digits.count - offset) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// A length of time with one or two units: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4
    /// h`.
    package static func time(seconds: Double) -> String {
        guard seconds.isFinite else { return "?" }
        let seconds = max(0, min(seconds, 1e12))
        if seconds < 9.95 { return "\(fixed(seconds, digits: 1)) s" }
        let whole = Int(seconds.rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        if whole < 86_400 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
        return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
    }

    /// A rate: `1,234/s`, `2.5/s`, `12/min`, `3/h`.
    package static func rate(perSecond: Double) -> String {
        guard perSecond.isFinite, perSecond > 0 else { return "0/s" }
        let rate = min(perSecond, 1e12)
        if rate >= 9.95 { return "\(number(Int(rate.rounded())))/s" }
        if rate >= 1 { return "\(fixed(rate, digits: 1))/s" }
        if rate * 60 >= 1 { return "\(Int((rate * 60).rounded()))/min" }
        return "\(Int((rate * 3600).rounded()))/h"
    }

    /// A number with this many digits after the point.
    package static func fixed(_ value: Double, digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((value.magnitude * scale).rounded())
        let divisor = Int(scale)
        let fraction = String(scaled % divisor)
        let padding = String(repeating: "0", count: max(0, digits - fraction.count))
        let text = "\(scaled / divisor).\(padding)\(fraction)"
        return value < 0 && scaled != 0 ? "-\(text)" : text
    }
}
