import Dispatch

/// Sends requests to web services: HTTP/1.1 over plain TCP or TLS 1.2, one connection for each.
///
/// A server at `https://` must show a certificate for the host of the URL that an authority of this machine has signed,
/// or one of `authorities`; there is no way around that. Redirects are answers like others, and not followed.
public struct HTTPClient: Sendable {
    /// How long everything may take together, from the look-up of the name to the last byte.
    public var deadline = Duration.seconds(30)
    /// How many bytes of a body are kept; what is longer is cut and says so.
    public var bodyLimit = 1 << 20
    /// The file with the certificates of the authorities that count, as PEM. nil: the one that the variable
    /// `SSL_CERT_FILE` names, else the system's.
    public var authorities: String?

    public init() {}

    /// Sends a request and waits for the answer, whatever its status is.
    ///
    /// Cancelling the Swift task that waits ends the connection at once.
    /// - Throws: `HTTPError` with the URL (without its query) and the step, in one sentence.
    public func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPAnswer {
        let url = try HTTPURL(request.url)
        let bytes = try request.bytes(to: url)
        guard let wakeUp = WakeUp() else {
            throw HTTPError(.connect, "\(url.text): no file descriptor is left: raise the limit with ulimit -n")
        }
        let exchange = HTTPExchange(
            url: url, method: request.method, bytes: bytes, client: self, until: .now + deadline, wakeUp: wakeUp)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A queue of its own, whose thread does not count among the few of the shared ones.
                DispatchQueue(label: "hayate.http").async {
                    continuation.resume(returning: exchange.run())
                }
            }
        } onCancel: {
            wakeUp.set()
        }
        return try result.get()
    }
}
