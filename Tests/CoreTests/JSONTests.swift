import Testing

@testable import HayateCore

@Suite struct JSONTests {
    @Test("What is written is read again, control characters and letters beyond the basic plane as well")
    func roundTrip() throws {
        let value: JSONValue = [
            "a": "x \"y\" \\ / \u{0}\u{1f}\u{7f}\n\t\r 未来 😀", "b": [1, true, false, ["c": .null], [], .number("-1.5e3")],
        ]
        #expect(JSONValue(Array(value.text.utf8)) == value)
        #expect(!value.text.utf8.contains { $0 < 0x20 })
        #expect(JSONValue(Array(#" {"a" : "\u00e9\ud83d\ude00\/\b\f"} "#.utf8))?["a"]?.string == "é😀/\u{8}\u{c}")
        #expect(JSONValue(present: ["a": 1, "b": nil]).text == #"{"a":1}"#)
    }

    @Test("Anything else is none, and none of it is a crash")
    func damaged() {
        for bad in [
            "", "{", "}", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "\"a", "\"\\x\"", "\"\\ud800\"", "\"\n\"", "tru", "1 2", "+1", "--1",
            ".5", "nullx", "[1 2]", "'a'",
        ] {
            #expect(JSONValue(Array(bad.utf8)) == nil, "\(bad)")
        }
        #expect(JSONValue(Array(repeating: UInt8(ascii: "["), count: 100_000)) == nil)
        let good = Array(#"{"a":[1,"b\u0041",{"c":null}],"d":-2e5}"#.utf8)
        for position in good.indices {
            for byte: UInt8 in [0, 0x22, 0x5c, 0x2c, 0x7b, 0xff] {
                var bytes = good
                bytes[position] = byte
                _ = JSONValue(bytes)
                _ = JSONValue(good.prefix(position))
            }
        }
    }
}
