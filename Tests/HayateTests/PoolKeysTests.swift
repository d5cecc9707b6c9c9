import Glibc
import HayateTLS
import HayateTestTasks
import Testing

@testable import Hayate

@Suite("Keys of a pool") struct PoolKeysTests {
    /// What is wrong with a file may be mended without touching it.
    @Test func aSpoiltFileIsReadOnceItIsGoodAgain() throws {
        let files = try TemporaryDirectory()
        let path = files("pool.secret")
        let (old, new) = (PoolSecret(), PoolSecret())
        try KeyFile(secrets: [old]).write(to: path, replacing: false)
        let keys = try PoolKeys(file: path)
        #expect(keys.daemonKey == old.key(for: .daemon))
        try KeyFile(secrets: [new]).write(to: path, replacing: true)
        chmod(path, 0o644)
        keys.lookAtFile()
        #expect(keys.daemonKey == old.key(for: .daemon), "it could be anybody's")
        chmod(path, 0o600)
        keys.lookAtFile()
        #expect(keys.daemonKey == new.key(for: .daemon))
        #expect(!keys.accepted().contains(old.key(for: .daemon)))
    }
}
