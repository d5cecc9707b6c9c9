/// A stranger's word, made harmless for a log.
enum Printable {
    /// At most 64 characters, none of which moves a cursor or looks like another line.
    static func text(_ text: String) -> String {
        text.isEmpty ? "none" : String(text.unicodeScalars.prefix(64).map { scalar in
            scalar.isASCII && scalar.value >= 0x20 && scalar.value < 0x7f ? Character(scalar) : "?"
        })
    }

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        text(String(decoding: Array(bytes).prefix(64), as: UTF8.self))
    }
}
