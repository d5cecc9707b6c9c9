import Foundation
import Testing

@testable import HayateHTTP

/// Against OpenSSL, by way of Python.
@Suite(.serialized, .timeLimit(.minutes(2)), .enabled(if: WebServer.python != nil, "skipped: there is no python3"))
struct SecureTests {
    private static let day = 24 * 3_600

    @Test("A certificate of a trusted authority for the host of the URL, name or address")
    func success() async throws {
        let authority = try Certified(.authority, ["authority.test"])
        let server = try WebServer(try Certified(.server, ["localhost", "127.0.0.1"], by: authority))
        for host in ["localhost", "127.0.0.1"] {
            let answer = try await HTTPClient.trusting(authority).send(
                HTTPRequest(url: "https://\(host):\(server.port)/echo", body: "over TLS"))
            #expect(answer.text.hasSuffix("\n\nover TLS"))
        }
        let chunked = try await HTTPClient.trusting(authority).get(server.base + "/chunked")
        #expect(chunked.body.count == 74_113)
    }

    private func failure(
        _ certificate: Certified, trusting authority: Certified, host: String = "localhost"
    ) async throws -> String {
        let server = try WebServer(certificate)
        let error = await #expect(throws: HTTPError.self) {
            try await HTTPClient.trusting(authority).get("https://\(host):\(server.port)/echo?token=t0psecret")
        }
        #expect(error?.step == .tls)
        #expect(error?.message.contains("t0psecret") == false)
        // Nothing was said to a stranger.
        #expect(server.requests().isEmpty)
        return error?.message ?? ""
    }

    @Test("Another's certificate, one that is over, and one that has not begun are refused before a word is sent")
    func refused() async throws {
        let authority = try Certified(.authority, ["authority.test"], beginningIn: -9 * Self.day)
        let young = try Certified(.authority, ["authority.test"])
        let wrong = try await failure(try Certified(.server, ["other.example"], by: young), trusting: young)
        #expect(wrong.contains("is for other.example and not for localhost"), "\(wrong)")
        let address = try await failure(
            try Certified(.server, ["localhost"], by: young), trusting: young, host: "127.0.0.1")
        #expect(address.contains("is for localhost and not for 127.0.0.1"), "\(address)")
        let expired = try await failure(try Certified(.server, ["localhost"], beginningIn: -9 * Self.day), trusting: young)
        #expect(expired.contains("not signed by an authority"), "\(expired)")
        let over = try Certified(.server, ["localhost"], beginningIn: -9 * Self.day)
        let overText = try await failure(over, trusting: over)
        #expect(overText.contains("expired on"), "\(overText)")
        let early = try Certified(.server, ["localhost"], beginningIn: 2 * Self.day)
        let earlyText = try await failure(early, trusting: early)
        #expect(earlyText.contains("is not valid before"), "\(earlyText)")
        let ofOld = try await failure(try Certified(.server, ["localhost"], by: authority), trusting: authority)
        #expect(ofOld.contains("expired on"), "\(ofOld)")
        let client = try await failure(try Certified(.client, ["localhost"], by: young), trusting: young)
        #expect(client.contains("was not made for a server"), "\(client)")
    }

    @Test("An authority that nobody named is refused, also with the system's list")
    func unknownAuthority() async throws {
        let authority = try Certified(.authority, ["authority.test"])
        let other = try Certified(.authority, ["authority.test"])
        let text = try await failure(try Certified(.server, ["localhost"], by: other), trusting: authority)
        #expect(text.contains("is not signed by an authority that is trusted here"), "\(text)")
        let server = try WebServer(try Certified(.server, ["localhost"], by: other))
        let error = await #expect(throws: HTTPError.self) { try await HTTPClient().get(server.base + "/echo") }
        #expect(error?.step == .tls)
    }

    @Test("Plain text where TLS is expected, TLS where plain text is, and a server that says nothing")
    func strangers() async throws {
        let plain = try WebServer()
        let authority = try Certified(.authority, ["authority.test"])
        var client = HTTPClient.trusting(authority)
        let notTLS = await #expect(throws: HTTPError.self) {
            try await client.get("https://127.0.0.1:\(plain.port)/echo")
        }
        #expect(notTLS?.message.contains("the server does not speak TLS there") == true, "\(notTLS?.message ?? "")")
        let secure = try WebServer(try Certified(.server, ["localhost"], by: authority))
        let notPlain = await #expect(throws: HTTPError.self) {
            try await client.get("http://127.0.0.1:\(secure.port)/echo")
        }
        #expect(notPlain?.step == .answer)
        client.deadline = .milliseconds(300)
        // It takes connections and says nothing.
        let mute = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(mute) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                #expect(bind(mute, $0, size) == 0)
                #expect(listen(mute, 8) == 0)
                #expect(getsockname(mute, $0, &size) == 0)
            }
        }
        let silent = await #expect(throws: HTTPError.self) {
            try await client.get("https://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/")
        }
        #expect(silent?.isTimeout == true)
        #expect(silent?.message.contains("did not finish the TLS handshake within") == true)
    }

    @Test("Over TLS a body until the end must end with TLS's own goodbye")
    func truncated() async throws {
        let authority = try Certified(.authority, ["authority.test"])
        let server = try WebServer(try Certified(.server, ["localhost"], by: authority))
        let client = HTTPClient.trusting(authority)
        #expect(try await client.get(server.base + "/untilend").body.count == 5000)
        let error = await #expect(throws: HTTPError.self) { try await client.get(server.base + "/cutend") }
        #expect(error?.message.contains("the answer ended in the middle") == true, "\(error?.message ?? "")")
    }

    @Test("A file of authorities that is none is said")
    func noAuthorities() async throws {
        var client = HTTPClient()
        client.authorities = "/no/such/file.pem"
        let server = try WebServer(try Certified(.server, ["localhost"]))
        let error = await #expect(throws: HTTPError.self) { try await client.get(server.base + "/echo") }
        #expect(error?.message.contains("/no/such/file.pem") == true)
    }

    @Test("Three hundred connections over TLS leave nothing behind")
    func leaks() async throws {
        let authority = try Certified(.authority, ["authority.test"])
        let server = try WebServer(try Certified(.server, ["localhost"], by: authority))
        let client = HTTPClient.trusting(authority)
        _ = try await client.get(server.base + "/missing")
        let before = Descriptors.count
        for _ in 0..<300 { _ = try await client.get(server.base + "/missing") }
        #expect(Descriptors.count <= before + 2)
    }
}
