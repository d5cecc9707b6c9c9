/// What a web service answers.
public struct HTTPAnswer: Sendable, Hashable {
    public var status: Int
    /// The server's words for the status; may be empty.
    public var reason: String
    public var headers: [HTTPHeader]
    public var body: [UInt8]
    /// Whether the body was longer than what is kept of it.
    public var isCut = false

    /// 200 to 299.
    public var isSuccess: Bool { (200..<300).contains(status) }

    /// The body as UTF-8.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// A header's value; names have no case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
