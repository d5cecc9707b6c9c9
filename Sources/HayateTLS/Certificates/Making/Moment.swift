import CMbedTLS
import Glibc

/// A second in UTC, as certificates have it.
struct Moment: Sendable, Hashable, Comparable {
    /// Since 1970.
    let seconds: Int

    init(seconds: Int) { self.seconds = seconds }

    static var now: Moment { Moment(seconds: time(nil)) }

    init(_ time: mbedtls_x509_time) {
        var parts = tm()
        parts.tm_year = time.year - 1_900
        parts.tm_mon = time.mon - 1
        parts.tm_mday = time.day
        parts.tm_hour = time.hour
        parts.tm_min = time.min
        parts.tm_sec = time.sec
        seconds = timegm(&parts)
    }

    private var parts: tm {
        var parts = tm()
        var seconds: time_t = seconds
        gmtime_r(&seconds, &parts)
        return parts
    }

    var year: Int { Int(parts.tm_year) + 1_900 }

    func later(by seconds: Int) -> Moment { Moment(seconds: self.seconds + seconds) }

    static func < (left: Moment, right: Moment) -> Bool { left.seconds < right.seconds }

    /// `YYYYMMDDhhmmssZ`.
    var digits: String {
        let parts = parts
        return Self.digits(year, 4) + Self.digits(Int(parts.tm_mon) + 1) + Self.digits(Int(parts.tm_mday))
            + Self.digits(Int(parts.tm_hour)) + Self.digits(Int(parts.tm_min))
            + Self.digits(Int(parts.tm_sec)) + "Z"
    }

    /// `YYYY-MM-DD hh:mm:ss UTC`.
    var text: String {
        let parts = parts
        let day = [Self.digits(year, 4), Self.digits(Int(parts.tm_mon) + 1), Self.digits(Int(parts.tm_mday))]
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { Self.digits(Int($0)) }
        return day.joined(separator: "-") + " " + time.joined(separator: ":") + " UTC"
    }

    private static func digits(_ value: Int, _ count: Int = 2) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
}
