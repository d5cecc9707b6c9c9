import HayateTransport
import Logging
import Synchronization
import Testing

@testable import Hayate

/// What the host's log says of strangers.
@Suite struct RefusalLogTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    @Test func strangersWordsAreHarmless() throws {
        let lines = Lines()
        let log = RefusalLog { line, _ in lines.all.withLock { $0.append(line) } }
        let peer = Peer.remote(host: "10.1.2.3", port: 4)
        let nasty = "evil\n2026-01-01 hayate.security: all is well\u{1b}[2J\u{202e}" + String(repeating: "x", count: 5_000)
        for _ in 0..<1_000 { log.note(peer, nasty) }
        let said = lines.all.withLock { $0 }
        #expect(said.count == 1 && log.total == 1_000)
        let line = try #require(said.first)
        #expect(line.hasPrefix("A connection from 10.1.2.3 was refused: evil?2026"))
        #expect(line.unicodeScalars.allSatisfy { (0x20...0x7e).contains($0.value) })
        #expect(line.utf8.count < 600)
    }
}
