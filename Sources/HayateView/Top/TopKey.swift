/// A key that somebody pressed.
public enum TopKey: Hashable, Sendable {
    case letter(Character)
    case up, down, pageUp, pageDown, home, end
    case enter, escape, backspace
    case tab, backTab
}

/// Reads keys from what a terminal sends. Anything that it does not know is left out.
public struct TopKeyReader: Sendable {
    private var pending: [UInt8] = []
    /// No sequence is longer; what is, is none.
    private static let longest = 32

    public init() {}

    /// Whether the beginning of a sequence is there. If nothing follows within some 50 ms, it was the escape key:
    /// `end()`.
    public var isWithin: Bool { !pending.isEmpty }

    public mutating func keys(_ bytes: some Sequence<UInt8>) -> [TopKey] {
        pending += bytes
        var keys: [TopKey] = []
        while let (key, count) = next() {
            if let key { keys.append(key) }
            pending.removeFirst(count)
        }
        return keys
    }

    /// Nothing more comes for now.
    public mutating func end() -> [TopKey] {
        guard let first = pending.first else { return [] }
        let rest = Array(pending.dropFirst())
        pending = []
        // A letter of several bytes that was cut is nothing.
        return first == 0x1B ? [.escape] + (rest.isEmpty ? [] : keys(rest)) : []
    }

    /// The next key, or nothing that is one, with how many bytes it takes; nil: there must come more.
    private func next() -> (TopKey?, Int)? {
        guard let first = pending.first else { return nil }
        switch first {
        case 0x1B: return sequence()
        case 0x0D, 0x0A: return (.enter, 1)
        case 0x09: return (.tab, 1)
        case 0x7F, 0x08: return (.backspace, 1)
        case 0x00..<0x20: return (nil, 1)
        case 0x20..<0x80: return (.letter(Character(Unicode.Scalar(first))), 1)
        default:
            let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
            guard first >= 0xC2, first < 0xF5 else { return (nil, 1) }
            guard pending.count >= length else { return nil }
            let text = String(validating: pending[..<length], as: UTF8.self)
            return text?.first.map { (.letter($0), length) } ?? (nil, 1)
        }
    }

    private func sequence() -> (TopKey?, Int)? {
        guard pending.count >= 2 else { return nil }
        guard pending[1] == UInt8(ascii: "[") || pending[1] == UInt8(ascii: "O") else { return (.escape, 1) }
        var end = 2
        while end < pending.count, !(0x40...0x7E).contains(pending[end]) {
            // A control character ends what was no sequence.
            if pending[end] < 0x20 { return (nil, end) }
            end += 1
        }
        guard end < pending.count else { return pending.count < Self.longest ? nil : (nil, pending.count) }
        let parameter = pending[2..<end].prefix { $0 != UInt8(ascii: ";") }
        let key: TopKey? = switch (pending[end], String(decoding: parameter, as: UTF8.self)) {
        case (UInt8(ascii: "A"), _): .up
        case (UInt8(ascii: "B"), _): .down
        case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), "1"), (UInt8(ascii: "~"), "7"): .home
        case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), "4"), (UInt8(ascii: "~"), "8"): .end
        case (UInt8(ascii: "~"), "5"): .pageUp
        case (UInt8(ascii: "~"), "6"): .pageDown
        case (UInt8(ascii: "Z"), _): .backTab
        default: nil
        }
        return (key, end + 1)
    }
}
