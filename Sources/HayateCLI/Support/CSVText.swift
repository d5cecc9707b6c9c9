/// Rows of CSV as RFC 4180 has them, but with a bare line feed at the end, as Unix tools expect.
enum CSVText {
    static func append(row: [String], to bytes: inout [UInt8]) {
        for (position, field) in row.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            append(field: field, to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    private static func append(field: String, to bytes: inout [UInt8]) {
        let needsQuotes = field.utf8.contains { byte in
            byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n")
                || byte == UInt8(ascii: "\r")
        }
        guard needsQuotes else {
            bytes.append(contentsOf: field.utf8)
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in field.utf8 {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
