/// Why there is no answer, in one sentence that has no header and no body in it.
public struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// How far it came.
    public enum Step: Sendable, Hashable {
        /// It cannot be sent as it is.
        case request
        /// The host's name has no address.
        case name
        case connect
        case tls
        case send
        /// What came back is no answer, or not the whole of it.
        case answer
    }

    public var step: Step
    public var message: String
    /// Whether the time was over.
    public var isTimeout = false
    /// Whether the Swift task was cancelled that waited.
    public var isCancelled = false

    public init(_ step: Step, _ message: String) {
        self.step = step
        self.message = message
    }

    public var description: String { message }

    /// Whether the server may have got the request.
    public var mayHaveArrived: Bool { step == .send || step == .answer }
}

/// A stranger's word, made harmless for a message.
enum Printable {
    /// At most so many characters, none of which moves a cursor or looks like another line.
    static func text(_ text: String, atMost count: Int = 200) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(count).map { scalar in
                    scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value) || scalar.value == 0x2028
                        || scalar.value == 0x2029 ? "?" : scalar
                }))
    }

    static func quoted(_ text: String) -> String { "'\(self.text(text, atMost: 64))'" }
}
