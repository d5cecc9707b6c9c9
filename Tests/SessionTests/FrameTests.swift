import Testing

@testable import Hayate

@Suite("Frames of a session's protocol")
struct FrameTests {
    private let frames = [
        SessionFrame(kind: .hello, content: SessionHello(role: .client).content),
        SessionFrame(kind: .request, number: 7, content: Array(0...200)),
        SessionFrame(kind: .more, number: .max),
        SessionFrame(kind: .answer, number: 1, content: [UInt8](repeating: 3, count: 3_000)),
    ]

    private func read(_ bytes: [UInt8], pieces: Int, limit: Int = 1 << 20) throws -> [SessionFrame] {
        var reader = SessionFrameReader(limit: limit)
        var read: [SessionFrame] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + pieces)
            bytes[start..<end].withUnsafeBytes { reader.append($0) }
            while let frame = try reader.next() { read.append(frame) }
            start = end
        }
        return read
    }

    @Test("Frames come out as they went in, in whatever pieces their bytes come", arguments: [1, 2, 3, 5, 64, 1_000, 1 << 20])
    func pieces(_ pieces: Int) throws {
        #expect(try read(frames.flatMap(\.bytes), pieces: pieces) == frames)
    }

    @Test("A length beyond the limit is refused before anything of the frame has come")
    func length() {
        var bytes: [UInt8] = []
        bytes.append(fourBytesOf: 4_097)
        #expect(throws: SessionFrameFailure.length(4_097, limit: 4_096)) {
            try read(bytes, pieces: 4, limit: 4_096)
        }
        bytes = []
        bytes.append(fourBytesOf: 4)
        #expect(throws: SessionFrameFailure.length(4, limit: 4_096)) { try read(bytes, pieces: 4, limit: 4_096) }
    }

    @Test("An unknown kind is refused as soon as it is seen")
    func kind() {
        var bytes: [UInt8] = []
        bytes.append(fourBytesOf: 4_000)
        bytes.append(200)
        #expect(throws: SessionFrameFailure.kind(200)) { try read(bytes, pieces: 5, limit: 4_096) }
    }

    @Test("Random bytes give frames or a failure, and never more bytes than came")
    func garbage() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let count = Int.random(in: 0...200, using: &random)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            // Half of them with a length that can be.
            if count > 6, Bool.random(using: &random) {
                bytes[1...3] = [0, 0, 0]
                bytes[4] = UInt8.random(in: 1...9, using: &random)
            }
            let frames = try? read(bytes, pieces: 7, limit: 4_096)
            #expect((frames ?? []).reduce(0) { $0 + $1.bytes.count } <= count)
        }
    }

    @Test("A hello tells version and role, and its beginning is the same in all versions")
    func hello() {
        let hello = SessionHello(version: 0x0203, role: .monitor)
        #expect(SessionHello(hello.content) == hello)
        #expect(Array(hello.content.prefix(17)) == Array("hayate session ".utf8) + [3, 2])
        // A later version may say more.
        #expect(SessionHello(hello.content + [1, 2, 3]) == hello)
        #expect(SessionHello(Array("hayate session".utf8)) == nil)
        #expect(SessionHello(Array("HAYATE SESSION ".utf8) + [1, 0, 1]) == nil)
    }
}
