/// A request to a web service.
public struct HTTPRequest: Sendable {
    public var url: String
    public var method: String
    public var headers: [(name: String, value: String)]
    public var body: String

    public init(url: String, method: String = "POST", headers: [(name: String, value: String)] = [], body: String = "") {
        self.url = url
        self.method = method
        self.headers = headers
        self.body = body
    }
}
