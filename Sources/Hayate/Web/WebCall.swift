import HayateHTTP

/// Everything of a configuration but the body, evaluated for one launch.
///
/// The only place that has the secrets; what it throws has none of them.
struct WebCall: Sendable {
    let url: String
    let method: String
    private let headers: [HTTPHeader]
    private let secrets: [String]
    private let client: HTTPClient
    private let allowsPlaintext: Bool
    private let service: any WebService

    init(_ configuration: HTTPConfiguration) async throws(HayateError) {
        url = try await configuration.url.value("the URL")
        method = try await configuration.method.value("the method of the request")
        var headers = try await configuration.headers.value("the headers of the request")
            .sorted { $0.key < $1.key }.map { HTTPHeader($0.key, $0.value) }
        var secrets = headers.filter { Self.secretNames.contains($0.name.lowercased()) }.map(\.value)
        if let cookie = try await configuration.cookie?.value("the cookie") {
            headers.append(HTTPHeader("Cookie", cookie))
            secrets.append(cookie)
        }
        if let token = try await configuration.token?.value("the token") {
            headers.append(HTTPHeader("Authorization", "Bearer \(token)"))
            secrets.append(token)
        }
        self.headers = headers
        // Anything shorter is no secret, and would blacken half of a message.
        self.secrets = secrets.filter { $0.utf8.count >= 4 }.sorted { $0.utf8.count > $1.utf8.count }
        allowsPlaintext = configuration.allowsPlaintext || secrets.isEmpty
        service = configuration.service
        var client = HTTPClient()
        client.deadline = configuration.deadline
        client.authorities = configuration.authorities
        self.client = client
    }

    private static let secretNames: Set = [
        "authorization", "proxy-authorization", "cookie", "x-slurm-user-token", "x-rs-session-server-rpc-cookie",
        "x-api-key", "private-token",
    ]

    /// - Throws: if there is no answer, or none from 200 to 299.
    func send(
        _ body: String, method: String? = nil, url: String? = nil,
        accepting isFine: (HTTPAnswer) -> Bool = { _ in false }
    ) async throws(WebFailure) -> HTTPAnswer {
        var request = HTTPRequest(url: url ?? self.url, method: method ?? self.method, headers: headers, body: body)
        if !body.isEmpty, !request.has("Content-Type") {
            request.headers.append(HTTPHeader("Content-Type", "application/json"))
        }
        let place: HTTPURL
        let answer: HTTPAnswer
        do throws(HTTPError) {
            place = try HTTPURL(request.url)
            guard place.isSecure || place.isLoopback || allowsPlaintext else {
                throw HTTPError(
                    .request,
                    "\(place.text) would send the token or cookie over the network unprotected: write https://, or "
                        + "spell out allowsPlaintext")
            }
            answer = try await client.send(request)
        } catch {
            throw failure(error)
        }
        guard answer.isSuccess || isFine(answer) else {
            throw WebFailure(
                HayateError(.launchFailed, withoutSecrets("\(request.method) \(place.text): \(words(of: answer))")),
                isAnswered: true)
        }
        return answer
    }

    /// What the service has made of an answer that is no error by its status.
    func job(in answer: HTTPAnswer) throws(WebFailure) -> String? {
        do throws(HayateError) {
            return try service.job(in: withoutSecrets(answer))
        } catch {
            throw WebFailure(HayateError(error.code, withoutSecrets(error.message)))
        }
    }

    private func failure(_ error: HTTPError) -> WebFailure {
        let code: HayateError.Code =
            error.isCancelled ? .cancelled : error.step == .request ? .invalidArgument : .launchFailed
        let doubt = error.mayHaveArrived ? "; whether a daemon was started is not known" : ""
        return WebFailure(HayateError(code, withoutSecrets(error.message) + doubt), isUnclear: error.mayHaveArrived)
    }

    /// Status, reason, and the beginning of what the service says.
    private func words(of answer: HTTPAnswer) -> String {
        var text = "\(answer.status)" + (answer.reason.isEmpty ? "" : " \(answer.reason)")
        if (300..<400).contains(answer.status), let target = answer.header("Location") {
            return text
                + ", to \(Self.printable(target.prefix { $0 != "?" })): redirects are not followed, give that URL"
        }
        let answer = withoutSecrets(answer)
        let body = service.complaint(in: answer) ?? answer.text
        let beginning = Self.printable(body.prefix(400))
        if !beginning.isEmpty { text += ": " + beginning + (body.count > 400 ? "…" : "") }
        return text
    }

    /// On one line, without anything that moves a cursor.
    static func printable(_ text: some StringProtocol) -> String {
        let clean = text.unicodeScalars.map { scalar in
            scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value) ? " " : Character(scalar)
        }
        return String(clean).split(separator: " ").joined(separator: " ")
    }

    /// Before anything is cut, as the first half of a secret is one too.
    private func withoutSecrets(_ answer: HTTPAnswer) -> HTTPAnswer {
        var answer = answer
        answer.body = Array(withoutSecrets(answer.text).utf8)
        return answer
    }

    /// A server may repeat what it was sent.
    func withoutSecrets(_ text: String) -> String {
        secrets.reduce(text) { text, secret in
            text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "…")
        }
    }
}
