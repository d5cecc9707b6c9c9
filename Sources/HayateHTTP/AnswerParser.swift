/// Reads an answer from bytes as they arrive. Total: whatever comes, it is an answer, not yet one, or none.
///
/// HTTP/1.0 and 1.1 (RFC 9112): a length, chunks, or all until the connection ends.
struct AnswerParser {
    enum Progress: Equatable {
        case needsMore
        case complete
        /// The rest of a sentence that begins with whose answer it is.
        case invalid(String)
    }

    private enum Body {
        case length(left: Int)
        case untilEnd
        case chunkSize
        case chunk(left: Int)
        case chunkEnd
        case trailer
    }

    private(set) var answer: HTTPAnswer?
    private let hasNoBody: Bool
    private let bodyLimit: Int
    private static let headLimit = 64 << 10
    private var bytes: [UInt8] = []
    private var start = 0
    private var trailerBytes = 0
    private var body: Body?

    /// - Parameters:
    ///   - method: of the request; the answer to HEAD has no body whatever its headers say.
    ///   - bodyLimit: how many bytes of the body are kept; with more it is complete and cut.
    init(method: String, bodyLimit: Int) {
        hasNoBody = method == "HEAD"
        self.bodyLimit = bodyLimit
    }

    mutating func receive(_ more: some Sequence<UInt8>) -> Progress {
        bytes.append(contentsOf: more)
        defer {
            bytes.removeFirst(start)
            start = 0
        }
        if body == nil {
            switch readHead() {
            case .complete: break
            case let other: return other
            }
            guard body != nil else { return .complete }
        }
        return readBody()
    }

    /// The connection has ended.
    /// - Parameter wasOrderly: whether the other side said so, in a way that nobody on the way could.
    mutating func end(wasOrderly: Bool) -> Progress {
        if case .untilEnd = body, wasOrderly { return .complete }
        if body == nil, bytes.isEmpty { return .invalid("ended before it began: the server closed the connection") }
        return .invalid("ended in the middle: the connection broke")
    }

    // MARK: The head

    private mutating func readHead() -> Progress {
        while true {
            var position = start
            var lines: [String] = []
            while let line = line(from: &position) {
                if line.isEmpty { break }
                lines.append(line)
            }
            let isWhole = position > start && endsHead(at: position)
            guard isWhole else {
                if !Self.mayBeHTTP(bytes[start...]) { return .invalid(Self.noHTTP) }
                return bytes.count - start > Self.headLimit ? .invalid("has headers of more than 64 KiB") : .needsMore
            }
            guard position - start <= Self.headLimit else { return .invalid("has headers of more than 64 KiB") }
            start = position
            guard let first = lines.first, let answer = Self.status(first) else { return .invalid(Self.noHTTP) }
            var found = answer
            for line in lines.dropFirst() {
                // A line that begins with a blank would continue the one before: forbidden since RFC 7230.
                guard let colon = line.firstIndex(of: ":"), colon > line.startIndex, line.first != " ",
                    line.first != "\t"
                else { return .invalid("has a header that is none: \(Printable.quoted(line))") }
                found.headers.append(
                    HTTPHeader(String(line[..<colon]), Self.trimmed(line[line.index(after: colon)...])))
            }
            // "Continue" and its like are words on the way to the answer.
            if (100..<200).contains(found.status), found.status != 101 { continue }
            self.answer = found
            return chooseBody(found)
        }
    }

    private func endsHead(at position: Int) -> Bool {
        guard position >= 2, bytes[position - 1] == 0x0A else { return false }
        if bytes[position - 2] == 0x0A { return true }
        return position - 3 >= start && bytes[position - 2] == 0x0D && bytes[position - 3] == 0x0A
    }

    private static let noHTTP = "is none of HTTP: another kind of server listens there, or one that wants https://"

    private static func mayBeHTTP(_ bytes: ArraySlice<UInt8>) -> Bool {
        zip(bytes, "HTTP/1.".utf8).allSatisfy { $0 == $1 }
    }

    private static func status(_ line: String) -> HTTPAnswer? {
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[0] == "HTTP/1.1" || parts[0] == "HTTP/1.0", parts[1].utf8.count == 3,
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let status = Int(parts[1]), status >= 100
        else { return nil }
        return HTTPAnswer(
            status: status, reason: Printable.text(parts.count == 3 ? String(parts[2]) : ""), headers: [], body: [])
    }

    private mutating func chooseBody(_ answer: HTTPAnswer) -> Progress {
        if hasNoBody || answer.status == 204 || answer.status == 304 || answer.status == 101 { return .complete }
        let codings = values(of: "transfer-encoding", in: answer).map { $0.lowercased() }
        if !codings.isEmpty {
            guard codings == ["chunked"] else {
                let name = Printable.quoted(codings.joined(separator: ", "))
                return .invalid("comes in a transfer coding that is not read here: \(name)")
            }
            body = .chunkSize
            return .complete
        }
        let lengths = Set(values(of: "content-length", in: answer))
        guard let length = lengths.first else {
            body = .untilEnd
            return .complete
        }
        guard lengths.count == 1, length.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(length) else {
            return .invalid("has a length that is no number")
        }
        if count > 0 { body = .length(left: count) }
        return .complete
    }

    private func values(of name: String, in answer: HTTPAnswer) -> [String] {
        answer.headers.filter { $0.name.lowercased() == name }
            .flatMap { $0.value.split(separator: ",").map { Self.trimmed($0) } }
    }

    // MARK: The body

    private mutating func readBody() -> Progress {
        while let body {
            switch body {
            case .untilEnd:
                return take(bytes.count - start) ? .complete : .needsMore
            case .length(let left):
                let count = min(left, bytes.count - start)
                if take(count) { return .complete }
                guard count == left else {
                    self.body = .length(left: left - count)
                    return .needsMore
                }
                return .complete
            case .chunkSize:
                guard let line = line(from: &start) else { return lineIsTooLong }
                let digits = line.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
                guard (1...15).contains(digits.utf8.count), digits.utf8.allSatisfy(Self.isHexadecimal),
                    let count = Int(digits, radix: 16)
                else { return .invalid("has a chunk without a length") }
                self.body = count == 0 ? .trailer : .chunk(left: count)
            case .chunk(let left):
                let count = min(left, bytes.count - start)
                if take(count) { return .complete }
                guard count == left else {
                    self.body = .chunk(left: left - count)
                    return .needsMore
                }
                self.body = .chunkEnd
            case .chunkEnd:
                guard let line = line(from: &start) else { return lineIsTooLong }
                guard line.isEmpty else { return .invalid("has a chunk that is longer than it says") }
                self.body = .chunkSize
            case .trailer:
                let before = start
                guard let line = line(from: &start) else { return lineIsTooLong }
                trailerBytes += start - before
                if line.isEmpty { return .complete }
                guard trailerBytes <= Self.headLimit else { return .invalid("has trailers of more than 64 KiB") }
            }
        }
        return .complete
    }

    private var lineIsTooLong: Progress {
        bytes.count - start > 4_096 ? .invalid("has a line of more than 4 KiB where a chunk begins") : .needsMore
    }

    /// Takes bytes of the body; true if it is longer than what is kept.
    private mutating func take(_ count: Int) -> Bool {
        let room = bodyLimit - (answer?.body.count ?? 0)
        answer?.body += bytes[start..<(start + min(count, room))]
        start += count
        if count > room { answer?.isCut = true }
        return count > room
    }

    // MARK: Text

    /// The next whole line without its end, which is passed.
    private func line(from position: inout Int) -> String? {
        guard let end = bytes[position...].firstIndex(of: 0x0A) else { return nil }
        let line = bytes[position..<end]
        position = end + 1
        return String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0 == " " || $0 == "\t" }
        guard let end = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(start[...end])
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }
}
