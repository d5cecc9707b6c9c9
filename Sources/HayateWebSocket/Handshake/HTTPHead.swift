/// Gathers the head of an HTTP message, to the empty line.
struct HeadCollector {
    /// Most bytes of a head. Proxies take no more either.
    static let longest = 8 << 10

    enum Fault: Error {
        case tooLong
        /// A line that ends without a carriage return. To be lenient here lets requests be smuggled.
        case bareLineFeed
    }

    private(set) var bytes: [UInt8] = []
    /// How much of CR LF CR LF the last bytes are.
    private var matched = 0

    /// How many bytes of `input` belonged to the head, if it is whole now.
    mutating func take(_ input: UnsafeRawBufferPointer) throws(Fault) -> Int? {
        for index in 0..<input.count {
            guard bytes.count < Self.longest else { throw .tooLong }
            let byte = input[index]
            bytes.append(byte)
            switch byte {
            case UInt8(ascii: "\r"):
                matched = matched == 2 ? 3 : 1
            case UInt8(ascii: "\n"):
                guard matched == 1 || matched == 3 else { throw .bareLineFeed }
                matched += 1
                if matched == 4 { return index + 1 }
            default:
                matched = 0
            }
        }
        return nil
    }

    /// Whether what came so far could begin with `text`.
    func couldBegin(with text: StaticString) -> Bool {
        text.withUTF8Buffer { expected in zip(bytes, expected).allSatisfy { $0 == $1 } }
    }
}

/// The head of an HTTP/1.1 message: strict, as RFC 9112 lets a receiver be.
struct HTTPHead {
    static let mostFields = 64

    var startLine: String
    /// Names are in lower case.
    private var fields: [(name: String, value: String)] = []

    /// What is wrong with it, for a sentence.
    struct Fault: Error {
        var what: String
    }

    /// - Parameter bytes: with the empty line at the end.
    init(_ bytes: [UInt8]) throws(Fault) {
        var lines = bytes.dropLast(4).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for index in lines.indices.dropLast() { lines[index] = lines[index].dropLast() }
        guard let first = lines.first, first.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else {
            throw Fault(what: "its first line has control characters")
        }
        startLine = String(decoding: first, as: UTF8.self)
        guard lines.count <= 1 + Self.mostFields else { throw Fault(what: "it has too many header fields") }
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), HTTPText.isToken(line[..<colon]),
                HTTPText.isValue(line[(colon + 1)...])
            else { throw Fault(what: "a header field is malformed") }
            let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
            let value = HTTPText.trimmed(line[(colon + 1)...])
            fields.append((name, String(decoding: value, as: UTF8.self)))
        }
    }

    /// The values of all fields of a name (in lower case), in order.
    func values(_ name: String) -> [String] {
        fields.filter { $0.name == name }.map(\.value)
    }

    /// The value of a field that stands there once.
    func only(_ name: String) -> String? {
        let all = values(name)
        return all.count == 1 ? all[0] : nil
    }

    func has(_ name: String) -> Bool { fields.contains { $0.name == name } }

    /// The members of a list that may be spread over several fields.
    func list(_ name: String) -> [String] {
        values(name).flatMap { value in
            value.utf8.split(separator: UInt8(ascii: ",")).map {
                String(decoding: HTTPText.trimmed($0), as: UTF8.self)
            }
        }
    }

    /// The same where capital letters mean nothing.
    func lists(_ name: String, _ member: String) -> Bool {
        list(name).contains { $0.lowercased() == member }
    }
}

/// Which bytes may stand where.
enum HTTPText {
    /// RFC 9110, section 5.6.2.
    static func isToken(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty
            && bytes.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                default: Array("!#$%&'*+-.^_`|~".utf8).contains(byte)
                }
            }
    }

    /// Neither line ends nor other control characters but the tabulator.
    static func isValue(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    static func trimmed<Bytes: BidirectionalCollection<UInt8>>(_ bytes: Bytes) -> Bytes.SubSequence {
        var part = bytes[...]
        while let first = part.first, isSpace(first) { part = part.dropFirst() }
        while let last = part.last, isSpace(last) { part = part.dropLast() }
        return part
    }
}
