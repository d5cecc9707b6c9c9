import HayateCore
import Testing

@testable import HayateWire

/// What a daemon has, and what a task was given, as bytes.
@Suite struct ResourceFieldTests {
    /// Two processors, no count of memory, the graphics processors 1 and 3, two units of `x`.
    private static let bytes: [UInt8] =
        [2, 0, 0, 0] + [UInt8](repeating: 255, count: 8) + [2, 0, 1, 0, 3, 0] + [1, 0, 1, 0, 0x78, 2, 0, 0, 0]

    private func read(_ bytes: [UInt8]) throws -> Message {
        try Message(.details, ([6] + bytes).span.bytes)
    }

    @Test("The bytes are those that other implementations rely on")
    func golden() throws {
        var details = TaskDetails()
        details.grant = ResourceGrant(cpus: 2, gpus: [1, 3], memory: 0, named: ["x": 2])
        #expect(try read(Self.bytes) == .details(details))
        var written: [UInt8] = []
        let resources = DaemonResources(cpus: 2, gpus: [1, 3], named: ["x": 2])
        ResourceFields(resources).write(into: &written)
        #expect(written == Self.bytes)
    }

    @Test("A hello says with one bit that resources follow, and ends there without")
    func hello() throws {
        let plain = Samples.bytes(.hello(Hello()))
        let shared = Samples.bytes(.hello(Hello(terms: DaemonTerms(resources: DaemonResources(cpus: 8)))))
        #expect(shared.count == plain.count + 16)
        #expect(plain[24] == 0 && shared[24] == 2)
        var cut = plain
        cut[24] = 2
        #expect(throws: WireFailure.malformed(.hello)) { try Samples.read(cut) }
    }

    @Test(
        "What cannot be is malformed, before anything is reserved for it",
        arguments: [
            // No processor, and more than anybody has.
            (0, [0, 0, 0, 0]), (0, [255, 255, 255, 255]),
            // Less than no memory.
            (4, [0, 0, 0, 0, 0, 0, 0, 128]),
            // More indexes than bytes.
            (12, [255, 255]),
            // The same index twice, and descending ones.
            (14, [3, 0]), (14, [4, 0]),
            // More names than there are, a name without letters, and one longer than the payload.
            (18, [2, 0]), (20, [0, 0]), (20, [255, 0]),
        ] as [(Int, [UInt8])])
    func hostile(at offset: Int, _ replacement: [UInt8]) {
        var bytes = Self.bytes
        bytes.replaceSubrange(offset..<offset + replacement.count, with: replacement)
        #expect(throws: WireFailure.malformed(.details)) { try read(bytes) }
    }

    @Test("A name that comes twice is malformed")
    func repeated() {
        var bytes = Self.bytes
        bytes[18] = 2
        #expect(throws: WireFailure.malformed(.details)) { try read(bytes + [1, 0, 0x78, 2, 0, 0, 0]) }
        #expect(throws: Never.self) { try read(bytes + [1, 0, 0x79, 2, 0, 0, 0]) }
    }
}
