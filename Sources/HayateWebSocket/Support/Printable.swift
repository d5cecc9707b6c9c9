/// A stranger's text as part of a sentence: no control characters, nothing but ASCII, at most 80 characters.
func printable(_ text: String) -> String {
    let bytes = text.utf8.prefix(80).map { $0 >= 0x20 && $0 < 0x7f ? $0 : UInt8(ascii: "?") }
    return String(decoding: bytes, as: UTF8.self) + (text.utf8.count > 80 ? "..." : "")
}
