import HayateCore
import Testing

@testable import HayateWire

@Suite struct FramesHostileTests {
    /// A stream that ends anywhere gives the whole frames before and nothing else.
    @Test func truncationAtEveryByteGivesWholeFramesOnly() throws {
        let bytes = Samples.stream()
        var whole = 0
        for end in 0...bytes.count {
            let messages = try Samples.read(Array(bytes[..<end]))
            #expect(messages == Array(Samples.messages[..<messages.count]))
            #expect(messages.count >= whole)
            whole = messages.count
        }
        #expect(whole == Samples.messages.count)
    }

    /// A frame that is shortened with its length is malformed or has a shorter variable part.
    @Test(arguments: Samples.messages)
    func shortPayloadsNeverTrap(_ message: Message) {
        let bytes = Samples.bytes(message)
        for length in 0..<(bytes.count - Wire.headerBytes) {
            var short = Array(bytes[..<(Wire.headerBytes + length)])
            for index in 0..<4 { short[index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
            do {
                let read = try Samples.read(short)
                #expect(read.count == 1)
                #expect(read.first?.kind == message.kind)
            } catch {
                #expect(error is WireFailure)
            }
        }
    }

    @Test func longPayloadsOfFixedKindsAreMalformed() {
        for message: Message in [
            .ping(stamp: 1), .revoke(Samples.attempt), .close(ending: true), .dismiss(.idleTime),
            .leaving(signal: 15),
        ] {
            var bytes = Samples.bytes(message)
            bytes.append(0)
            bytes[0] += 1
            #expect(throws: WireFailure.malformed(message.kind)) { try Samples.read(bytes) }
        }
    }

    @Test(arguments: [0, 65, 255] as [UInt8])
    func aSignalThatDoesNotExistIsMalformed(number: UInt8) {
        #expect(throws: WireFailure.malformed(.leaving)) {
            try Samples.read(Samples.bytes(.leaving(signal: number)))
        }
    }

    /// Each bit of each sample is turned: messages or an error, never a trap, never much memory.
    @Test func everyFlippedBitGivesMessagesOrAnError() {
        for message in Samples.messages {
            let bytes = Samples.bytes(message)
            for bit in 0..<(bytes.count * 8) {
                var flipped = bytes
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                do { _ = try Samples.read(flipped) } catch { #expect(error is WireFailure) }
            }
        }
    }

    @Test func aMissingFrameIsNoticed() {
        var writer = FrameWriter()
        var bytes: [UInt8] = []
        writer.write(.ping(stamp: 0), into: &bytes)
        var lost: [UInt8] = []
        writer.write(.ping(stamp: 1), into: &lost)
        writer.write(.ping(stamp: 2), into: &bytes)
        #expect(throws: WireFailure.gap(expected: 1, received: 2)) { try Samples.read(bytes) }
    }

    @Test func aRepeatedFrameIsDropped() throws {
        let first = Samples.bytes(.ping(stamp: 0))
        var writer = FrameWriter()
        var bytes: [UInt8] = []
        writer.write(.ping(stamp: 0), into: &bytes)
        bytes += first
        writer.write(.ping(stamp: 1), into: &bytes)
        bytes += first
        #expect(try Samples.read(bytes) == [.ping(stamp: 0), .ping(stamp: 1)])
    }

    @Test func unknownKindsAndReservedBytesAreRefused() {
        var bytes = Samples.bytes(.close(ending: false))
        bytes[8] = 200
        #expect(throws: WireFailure.unknownKind(200)) { try Samples.read(bytes) }
        bytes = Samples.bytes(.close(ending: false))
        bytes[10] = 1
        #expect(throws: WireFailure.malformed(.close)) { try Samples.read(bytes) }
    }

    @Test func limitsHoldBeforeAnythingIsReceived() {
        var header = Samples.bytes(.assign(Samples.attempt, type: 0, body: []))
        header[1] = 0x20  // 8 KiB and more announced
        #expect(throws: WireFailure.self) {
            try Samples.read(header, limit: Wire.limitBeforeAdmission)
        }
        // Frames without a body have a lower limit, whatever was admitted.
        var log = Samples.bytes(.log(Samples.attempt, level: 0, text: ""))
        log[2] = 0x20
        #expect(
            throws: WireFailure.frameTooLarge(bytes: 0x20_000D, limit: Wire.limitWithoutBody)
        ) { try Samples.read(log) }
    }

    @Test func theOwnerMayRaiseTheLimitBetweenTwoFrames() throws {
        var writer = FrameWriter()
        var bytes: [UInt8] = []
        writer.write(.hello(Hello()), into: &bytes)
        let body = [UInt8](repeating: 1, count: 5000)
        writer.write(.assign(Samples.attempt, type: 0, body: body), into: &bytes)
        var reader = FrameReader()
        var kinds: [FrameKind] = []
        _ = try bytes.withUnsafeBytes {
            try reader.take($0) { message, reader in
                kinds.append(message.kind)
                reader.limit = Wire.limitAfterAdmission
            }
        }
        #expect(kinds == [.hello, .assign])
        #expect(throws: WireFailure.self) {
            try Samples.read(bytes, limit: Wire.limitBeforeAdmission)
        }
    }

    @Test func aHelloOfSomethingElseIsRecognised() {
        var bytes = Samples.bytes(.hello(Hello()))
        bytes[12] = 0x47
        #expect(throws: WireFailure.notHayate) { try Samples.read(bytes) }
        #expect(throws: WireFailure.incompatible(theirs: 9...12)) {
            try Samples.read(Samples.bytes(.hello(Hello(versions: 9...12))))
        }
        #expect(throws: WireFailure.self) { try Samples.read(Array("GET / HTTP/1.1\r\n\r\n".utf8)) }
    }

    /// Bodies from 64 KiB on are received into memory of their own, in pieces of any size.
    @Test(arguments: [1000, 4096, 65_536, 70_001])
    func largeBodiesArriveWhole(_ pieces: Int) throws {
        let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let all: [Message] = [
            .ping(stamp: 1), .assign(Samples.attempt, type: 1, body: body), .ping(stamp: 2),
            .finished(Samples.attempt, status: .value, taskTime: 3, body: body), .ping(stamp: 4),
        ]
        var writer = FrameWriter()
        var bytes: [UInt8] = []
        for message in all { writer.write(message, into: &bytes) }
        #expect(try Samples.read(bytes, pieces: pieces) == all)
    }

    @Test func aLargeFrameThatMissesItsTurnIsNoticed() {
        var writer = FrameWriter()
        var bytes: [UInt8] = []
        writer.write(.ping(stamp: 1), into: &bytes)
        bytes = []
        let body = [UInt8](repeating: 1, count: 100_000)
        writer.write(.assign(Samples.attempt, type: 1, body: body), into: &bytes)
        #expect(throws: WireFailure.gap(expected: 0, received: 1)) {
            try Samples.read(bytes, pieces: 4096)
        }
    }

    @Test func aBodyOfTheWrongSizeIsAnError() throws {
        var bytes: [UInt8] = []
        var writer = FrameWriter()
        writer.writeAssign(Samples.attempt, type: 0, bodyBytes: 100_000, into: &bytes)
        var reader = FrameReader(limit: Wire.limitAfterAdmission)
        let large = try bytes.withUnsafeBytes { try reader.take($0) { _, _ in } }
        #expect(large?.missing == 100_000)
        #expect(throws: WireFailure.self) { try reader.takeBody([1, 2, 3]) { _, _ in } }
    }

    @Test func arbitraryBytesNeverTrap() {
        var state: UInt64 = 42
        for _ in 0..<2000 {
            var bytes: [UInt8] = []
            for _ in 0..<64 {
                state = SplitMix64.mix(state)
                bytes.append(UInt8(truncatingIfNeeded: state))
            }
            // Lengths small and kinds known now and then, or nothing gets past the header.
            bytes[1] = 0
            bytes[2] = 0
            bytes[3] = 0
            for index in 4..<8 { bytes[index] = 0 }
            bytes[8] %= 20
            for index in 9..<12 { bytes[index] = 0 }
            do { _ = try Samples.read(bytes) } catch { #expect(error is WireFailure) }
        }
    }

    @Test(arguments: [
        WireFailure.frameTooLarge(bytes: 5, limit: 4), .unknownKind(9), .malformed(.assign),
        .gap(expected: 1, received: 3), .notHayate, .incompatible(theirs: 2...3),
        .unexpected(.hello),
    ])
    func failuresSayWhatIsWrong(_ failure: WireFailure) {
        #expect(failure.description.count > 20)
    }
}
