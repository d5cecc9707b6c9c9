import Testing

@testable import HayateSSH

@Suite("Encodings of keys and names") struct EncodingTests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("SHA-1 has the values of its standard", arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        (String(repeating: "a", count: 1000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
    ]) func sha1(_ text: String, _ hash: String) {
        #expect(hex(SHA1.hash(Array(text.utf8))) == hash)
    }

    @Test("HMAC-SHA-1 has the values of RFC 2202") func hmac() {
        let first = SHA1.authenticate(Array("Hi There".utf8), key: [UInt8](repeating: 0x0b, count: 20))
        #expect(hex(first) == "b617318655057264e28bc0b6fb378c8ef146be00")
        let second = SHA1.authenticate(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(hex(second) == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
    }

    @Test("Base64 has the values of RFC 4648, and what is none is nil", arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]) func base64(_ text: String, _ encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
        for wrong in ["Z", "Zg=a", "Z g=", "Zm9-"] { #expect(Base64.decode(wrong) == nil) }
    }

    @Test("an agent's answer that is damaged is no list of keys") func agentAnswers() {
        let identity = AgentMessage.Identity(blob: [1, 2, 3], comment: "mine")
        let answer = AgentMessage.answer(identity)
        #expect(AgentMessage.identities(in: answer) == [identity])
        for count in 0..<answer.count { #expect(AgentMessage.identities(in: Array(answer.prefix(count))) == nil) }
        #expect(AgentMessage.identities(in: [12, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 9]) == nil)
        #expect(AgentMessage.identities(in: [5]) == nil)
    }
}
