/// The records of an XML document, such as the jobs of `qstat -xml`, without a grammar: schedulers write documents
/// that are
/// not well-formed, of names and text alone.
struct MarkupRecords {
    /// By the name of the element, the first of each.
    var records: [[String: String]] = []
    /// Whether an element of this name was closed at the end: the document is not cut short.
    var lastClosed: String?

    /// - Parameter container: the element that is a record.
    init(_ text: some StringProtocol, container: String) {
        let bytes = Array(text.utf8)
        var record: [String: String]?
        var name: String?
        var start = 0
        var index = 0
        while let open = bytes[index...].firstIndex(of: UInt8(ascii: "<")),
            let close = bytes[open...].firstIndex(of: UInt8(ascii: ">"))
        {
            index = close + 1
            var tag = bytes[(open + 1)..<close]
            switch tag.first {
            case UInt8(ascii: "?"), UInt8(ascii: "!"): continue
            case UInt8(ascii: "/"):
                let closed = String(decoding: tag.dropFirst(), as: UTF8.self)
                lastClosed = closed
                if closed == container {
                    if let record { records.append(record) }
                    record = nil
                } else if closed == name, record != nil, record?[closed] == nil {
                    record?[closed] = Self.decoded(bytes[start..<open])
                }
                name = nil
            default:
                let isEmpty = tag.last == UInt8(ascii: "/")
                tag = tag.prefix { $0 > 32 && $0 != UInt8(ascii: "/") }
                let opened = String(decoding: tag, as: UTF8.self)
                if opened == container { record = [:] }
                name = isEmpty ? nil : opened
                start = index
            }
        }
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) -> String {
        guard bytes.contains(UInt8(ascii: "&")) else { return String(decoding: bytes, as: UTF8.self) }
        var plain: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "&"), let end = bytes[index...].prefix(9).firstIndex(of: UInt8(ascii: ";")),
                let text = character(bytes[(index + 1)..<end])
            {
                plain += Array(text.utf8)
                index = end + 1
            } else {
                plain.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }

    private static func character(_ entity: ArraySlice<UInt8>) -> String? {
        let name = String(decoding: entity, as: UTF8.self)
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let number = name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16)
                : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
            return number.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
        }
    }
}
