import Glibc
import Testing

@testable import HayateTransport

/// What a killed process left is removed by the next one, and nothing else is.
@Suite struct AbandonedDirectoryTests {
    @Test func directoriesWithoutAnOwnerAreRemovedAndLockedOnesStay() throws {
        var template = Array("/tmp/hayate-tests-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let parent = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let abandoned = "\(parent)/hayate-abandoned"
        let owned = "\(parent)/hayate-owned"
        let young = "\(parent)/hayate-young"
        let foreign = "\(parent)/other"
        defer {
            for path in [abandoned, owned, young, foreign] {
                unlink("\(path)/file")
                rmdir(path)
            }
            rmdir(parent)
        }
        for path in [abandoned, owned, young, foreign] {
            try #require(mkdir(path, 0o700) == 0)
            let file = open("\(path)/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
            try #require(file >= 0)
            close(file)
        }
        let lock = open(owned, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(lock) }
        try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
        let old = timeval(tv_sec: time(nil) - 3_600, tv_usec: 0)
        for path in [abandoned, owned, foreign] {
            try #require(utimes(path, [old, old]) == 0)
        }

        let made = try PrivateDirectory(inside: parent)
        defer { made.remove() }

        #expect(access(abandoned, F_OK) != 0)
        #expect(access("\(owned)/file", F_OK) == 0)
        #expect(access("\(young)/file", F_OK) == 0, "it may not be locked yet")
        #expect(access("\(foreign)/file", F_OK) == 0)
    }
}
