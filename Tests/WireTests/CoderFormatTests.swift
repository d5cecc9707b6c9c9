import HayateWire
import Testing

/// The bytes of docs/wire-protocol.md. A change here is a change of the protocol.
@Suite struct CoderFormatTests {
    private func hex(_ value: some Encodable) throws -> String {
        try BinaryEncoder().encode(value).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined(separator: " ")
    }

    @Test func scalars() throws {
        #expect(try hex(5) == "05")
        #expect(try hex(127) == "7f")
        #expect(try hex(200) == "a8 c8")
        #expect(try hex(UInt8(200)) == "a8 c8")
        #expect(try hex([UInt8(200) as UInt8?]) == "ba 02 a8 c8")
        #expect(try hex(1_000) == "a9 e8 03")
        #expect(try hex(-1) == "b0 00")
        #expect(try hex(-1_000) == "b1 e7 03")
        #expect(try hex(Int64.min) == "b3 ff ff ff ff ff ff ff 7f")
        #expect(try hex(true) == "a3")
        #expect(try hex(1.5) == "a7 00 00 00 00 00 00 f8 3f")
        #expect(try hex(1.5 as Float) == "a6 00 00 c0 3f")
        #expect(try hex("") == "80")
        #expect(try hex("hé") == "83 68 c3 a9")
        #expect(try hex(String(repeating: "a", count: 32)).hasPrefix("a5 20 61 61"))
        #expect(try hex(Int?.none) == "a0")
        #expect(try hex(Nothing()) == "a4")
    }

    @Test func arrays() throws {
        #expect(try hex([Double]()) == "a4")
        #expect(try hex([1, 2] as [UInt8]) == "c0 02 01 02")
        #expect(try hex([-1, 1] as [Int16]) == "c5 02 ff ff 01 00")
        #expect(try hex([true, false]) == "ca 02 01 00")
        #expect(try hex(["a", "bc"]) == "ba 05 81 61 82 62 63")
        #expect(try hex([[1.5], []]) == "ba 0b c9 01 00 00 00 00 00 00 f8 3f a4")
        #expect(
            try hex(Array(repeating: Nothing(), count: 256)).hasPrefix(
                "bb 00 01 00 00 00 00 00 00 a4 a4"))
    }

    @Test func keyed() throws {
        struct Point: Encodable {
            var x: Int
            var y: Int?
        }
        #expect(try hex(Point(x: 3, y: nil)) == "b8 04 00 03 01 a1 01 78 01 79")
        #expect(
            try hex([Point(x: 3, y: 4), Point(x: 5, y: 6)])
                == "ba 0c b8 04 00 03 01 04 b8 04 00 05 01 06 01 78 01 79")
        #expect(
            try hex(Shape.circle(radius: 0))
                == "b8 0d 00 b8 0a 01 a7 00 00 00 00 00 00 00 00"
                + " 06 63 69 72 63 6c 65 06 72 61 64 69 75 73")
        #expect(try hex(["k": true]) == "b8 02 00 a3 01 6b")
    }

    @Test func keysPastTheTableStandInTheValue() throws {
        let bytes = try BinaryEncoder().encode((0..<130).map { ["k\($0)": 1] })
        // Key number 128 is the first that is written out: length 4, "k128".
        #expect(bytes.contains([0xB8, 6, 0x84] + Array("k128".utf8) + [1]))
        #expect(try BinaryDecoder().decode([[String: Int]].self, from: bytes).count == 130)
    }
}
