import HayateCore

extension SettingKind where Value == String {
    static var text: SettingKind { .scalar(.text, parse: { (text) throws(Complaint) in text }, text: { $0 }) }

    /// A variable's name.
    static var variable: SettingKind {
        form(
            "a variable's name", pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
            "which is no name of a variable; use letters, digits and _")
    }

    /// The short name of a site.
    static var identifier: SettingKind {
        form(
            "a short name", pattern: "^[a-z0-9][a-z0-9._-]*$",
            "which is no short name; use small letters, digits, - and _, as in 'narval'")
    }

    static var regularExpression: SettingKind {
        .scalar(
            .form("a regular expression", pattern: "."),
            parse: { (text) throws(Complaint) in
                do { _ = try Regex<AnyRegexOutput>(text) } catch {
                    throw Complaint(
                        "which is no regular expression (\(error)); '\\' and brackets need care, and quotes '…' "
                            + "around it"
                    )
                }
                return text
            }, text: { $0 })
    }

    /// The inside of a bracket expression.
    static var characters: SettingKind {
        .scalar(
            .form("characters as within the brackets of a regular expression", pattern: "."),
            parse: { (text) throws(Complaint) in
                do { _ = try Regex<AnyRegexOutput>("[\(text)]") } catch {
                    throw Complaint(
                        "which does not stand between the brackets of a regular expression; write it as A-Za-z0-9_.-")
                }
                return text
            }, text: { $0 })
    }

    static func choice(_ words: [String]) -> SettingKind {
        .scalar(
            .choice(words),
            parse: { (text) throws(Complaint) in
                try chosen(text, words)
                return text
            }, text: { $0 })
    }

    private static func form(_ name: String, pattern: String, _ complaint: String) -> SettingKind {
        .scalar(
            .form(name, pattern: pattern),
            parse: { (text) throws(Complaint) in
                guard let regex = try? Regex<AnyRegexOutput>(pattern), text.wholeMatch(of: regex) != nil else {
                    throw Complaint(complaint)
                }
                return text
            }, text: { $0 })
    }

    /// Addresses of IPv4 or IPv6 with the number of their common bits.
    static var network: SettingKind {
        .scalar(
            .form("a network, such as 10.0.0.0/8", pattern: "^[0-9A-Fa-f.:]+/[0-9]+$"),
            parse: { (text) throws(Complaint) in
                let parts = text.split(separator: "/", omittingEmptySubsequences: false)
                let isIPv6 = text.contains(":")
                let octets = parts[0].split(separator: ".", omittingEmptySubsequences: false)
                guard parts.count == 2, let bits = Int(parts[1]), (0...(isIPv6 ? 128 : 32)).contains(bits),
                    isIPv6
                        ? parts[0].allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." })
                        : octets.count == 4 && octets.allSatisfy({ UInt8($0) != nil })
                else { throw Complaint("which is no network; write it as 10.0.0.0/8 or fd00::/8") }
                return text
            }, text: { $0 })
    }
}

private func chosen(_ text: String, _ words: [String]) throws(Complaint) {
    guard !words.contains(text) else { return }
    let guess = nearestName(to: text, among: words).map { "did you mean '\($0)'? It may be " } ?? "but may be "
    throw Complaint("\(guess.hasPrefix("did") ? "which is unknown; " : "")\(guess)\(words.joined(separator: ", "))")
}

extension SettingKind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    static var word: SettingKind {
        let words = Value.allCases.map(\.rawValue)
        return .scalar(
            .choice(words),
            parse: { (text) throws(Complaint) in
                try chosen(text, words)
                guard let value = Value(rawValue: text) else { throw Complaint("which is unknown") }
                return value
            }, text: { $0.rawValue })
    }
}

extension SettingKind where Value == Int {
    static func whole(_ least: Int = 1, to most: Int? = nil) -> SettingKind {
        .scalar(
            .whole(atLeast: least, atMost: most),
            parse: { (text) throws(Complaint) in
                let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
                guard let value = Int(text), digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
                    throw Complaint("which is no whole number; write it as 12")
                }
                guard value >= least, value <= most ?? .max else {
                    throw Complaint(
                        "but must be "
                            + "\(most.map { "from \(least) to \($0)" } ?? (least == .min ? "" : "at least \(least)"))"
                    )
                }
                return value
            }, text: { "\($0)" })
    }
}

extension SettingKind where Value == Bool {
    static var truth: SettingKind {
        .scalar(
            .truth,
            parse: { (text) throws(Complaint) in
                guard text == "true" || text == "false" else { throw Complaint("but must be true or false") }
                return text == "true"
            }, text: { $0 ? "true" : "false" })
    }
}

extension SettingKind where Value == Duration {
    /// A length of time, 0 too.
    static var duration: SettingKind { time(isPositive: false) }
    /// More than nothing.
    static var positiveDuration: SettingKind { time(isPositive: true) }
    /// What a job may run: more than nothing, in whole seconds.
    static var wallTime: SettingKind {
        let kind = positiveDuration
        return .scalar(
            kind.shape,
            parse: { (text) throws(Complaint) in
                let value = try parse(text, isPositive: true)
                guard value.components.attoseconds == 0 else {
                    throw Complaint("but schedulers count in whole seconds; leave the rest out")
                }
                return value
            }, text: { $0.withUnits })
    }

    private static func time(isPositive: Bool) -> SettingKind {
        .scalar(
            .form("a time with units, such as 12h or 1d12h", pattern: "^([0-9]+(\\.[0-9]+)?(d|h|min|m|s|ms))+$"),
            parse: { (text) throws(Complaint) in try parse(text, isPositive: isPositive) }, text: { $0.withUnits })
    }

    static func parse(_ text: String, isPositive: Bool) throws(Complaint) -> Duration {
        if let value = Duration(withUnits: text) {
            guard value > .zero || !isPositive else { throw Complaint("but must be more than nothing") }
            return value
        }
        guard !text.contains(":") else {
            throw Complaint("which means hours to some and minutes to others; write it with units, as 12h30m")
        }
        guard Double(text) == nil else {
            throw Complaint("which has no unit; write \(text)s, \(text)m or \(text)h, or several as 1d12h")
        }
        throw Complaint("which is no length of time; write it as 300s, 30m, 12h or 1d12h, at most 100 years")
    }
}

extension SettingKind where Value == MemorySize {
    static var memory: SettingKind {
        .scalar(
            .form("a size with its unit, such as 4GiB", pattern: "^[0-9]+(\\.[0-9]+)? ?([kKMGT]i?)?B?$"),
            parse: { (text) throws(Complaint) in
                if let value = MemorySize(text: text) {
                    guard value.bytes > 0 else { throw Complaint("but must be more than nothing") }
                    return value
                }
                guard Double(text) == nil else {
                    throw Complaint("which has no unit; write \(text)GiB, \(text)MiB or \(text)GB")
                }
                throw Complaint("which is no size; write it as 4GiB, 512MiB or 230GB")
            }, text: { $0.description })
    }
}

extension SettingKind where Value == ClosedRange<Int> {
    static var ports: SettingKind {
        .scalar(
            .form("ports, as 9000-9100", pattern: "^[0-9]+(-[0-9]+)?$"),
            parse: { (text) throws(Complaint) in
                let parts = text.split(separator: "-", omittingEmptySubsequences: false).map {
                    UInt16($0).map(Int.init)
                }
                guard parts.count <= 2, let first = parts[0], let last = parts[parts.count - 1], first > 0, last > 0
                else {
                    throw Complaint("which is no range of ports; write it as 9000-9100, from 1 to 65535")
                }
                guard first <= last else {
                    throw Complaint("which is an empty range; write \(last)-\(first)")
                }
                return first...last
            }, text: { "\($0.lowerBound)-\($0.upperBound)" })
    }
}

extension SettingKind where Value == Rate {
    static var rate: SettingKind {
        .scalar(
            .form("a number and a time, as 10/1m", pattern: "^[0-9]+/.+$"),
            parse: { (text) throws(Complaint) in
                let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 2, let count = Int(parts[0]), count > 0,
                    let period = Duration(withUnits: parts[1]), period > .zero
                else { throw Complaint("which is no rate; write how many in which time, as 10/1s or 6/1m") }
                return Rate(count, per: period)
            }, text: { "\($0.count)/\($0.period.withUnits)" })
    }
}

extension SettingKind where Value == GPURequest {
    static var gpus: SettingKind {
        .scalar(
            .form("a number, with a model before it if need be: 2 or a100:2", pattern: "^([^:]+:)?[0-9]+$"),
            parse: { (text) throws(Complaint) in
                let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
                guard parts.count <= 2, let count = Int(parts[parts.count - 1]), count > 0, !parts[0].isEmpty else {
                    throw Complaint("which is no number of graphics processors; write 2, or a100:2 for a model")
                }
                return GPURequest(count, type: parts.count == 2 ? parts[0] : nil)
            }, text: { gpus in gpus.type.map { "\($0):\(gpus.count)" } ?? "\(gpus.count)" })
    }
}

extension SettingKind where Value == [String] {
    /// Lines of shell: a list, or a block of text.
    static var lines: SettingKind {
        SettingKind(
            shape: .lines,
            read: { node, path, faults in
                let texts: [SettingNode]
                switch node.content {
                case .scalar(let text):
                    texts = text.split(separator: "\n").map { SettingNode(.scalar(String($0)), node.origin) }
                case .list(let nodes): texts = nodes
                case .null, .map:
                    faults.add("\(path) must be lines: a list of texts, or a text after '|'", at: node.origin)
                    return nil
                }
                return texts.enumerated().compactMap {
                    let kind = SettingKind<String>.text
                    return kind.read($1, path.adding("\($0 + 1)"), &faults)
                }
            }, text: { $0.isEmpty ? nil : "[" + $0.joined(separator: ", ") + "]" })
    }
}
