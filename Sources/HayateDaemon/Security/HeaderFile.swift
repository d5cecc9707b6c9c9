import HayateTLS
import HayateWebSocket

/// Lines for the request that opens a WebSocket, in a file that only its owner can read: there are tokens in
/// it.
enum HeaderFile {
    /// - Throws: `KeyFileError` for the file, `WebSocketFailure` or `DaemonError` for a line of it.
    static func read(_ path: String) throws -> [WebSocketClient.Header] {
        let text = try SecretFile.read(path).withBytes { String(decoding: $0, as: UTF8.self) }
        var headers: [WebSocketClient.Header] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = trimmed(line)
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let colon = line.firstIndex(of: ":") else {
                throw DaemonError(
                    "line \(number + 1) of \(path) is no request header: write Name: value")
            }
            do throws(WebSocketFailure) {
                headers.append(
                    try WebSocketClient.Header(
                        String(trimmed(line[..<colon])),
                        String(trimmed(line[line.index(after: colon)...]))))
            } catch {
                // Not its own words: what stands where the name should be may be the secret.
                throw DaemonError(
                    "line \(number + 1) of \(path) is no request header that can be given: write "
                        + "Name: value, with a name of letters, digits and hyphens")
            }
        }
        return headers
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
