import Glibc
import Testing

@testable import HayateTLS

@Suite struct KeyDirectoryTests {
    private let key = PoolSecret().key(for: .daemon)

    @Test func aDaemonFindsWhatAHostHasLeft() throws {
        try SecretPlace.with { place in
            let keys = KeyDirectory(path: place.path + "/keys")
            #expect(keys.find(host: "n1", port: 5555) == nil)
            let published = try keys.publish(key, host: "n1", port: 5555)
            #expect(published.path == place.path + "/keys/n1_5555/daemon.key")
            let found = try #require(keys.find(host: "N1", port: 5555))
            #expect(try KeyFile.read(found).acceptedKeys == [key])
            #expect(keys.find(host: "n1", port: 5556) == nil && keys.find(host: "n2", port: 5555) == nil)
            var status = stat()
            #expect(stat(place.path + "/keys/n1_5555", &status) == 0 && status.st_mode & 0o7777 == 0o700)
            try published.withdraw()
            #expect(keys.find(host: "n1", port: 5555) == nil)
            #expect(place.names(in: keys.path) == [".lock"])
            try published.withdraw()
        }
    }

    @Test func addressesBecomeNames() throws {
        let machine = Publisher.current().machine
        #expect(KeyDirectory.entryName(host: "[fd00::1]", port: 1) == "fd00--1_1")
        #expect(KeyDirectory.entryName(host: "fd00::1", port: 1) == "fd00--1_1")
        #expect(KeyDirectory.entryName(host: "../../etc", port: 9) == "..-..-etc_9")
        #expect(KeyDirectory.entryName(host: "127.0.0.1", port: 9) == "127.0.0.1_9_\(machine)")
        #expect(KeyDirectory.entryName(host: String(repeating: "a", count: 999), port: 65535).count < 256)
    }

    @Test func whereItIs() throws {
        #expect(try KeyDirectory.named(nil, home: "/home/ada").path == "/home/ada/.hayate/keys")
        #expect(try KeyDirectory.named("/k", home: nil).path == "/k")
        #expect(refusal { _ = try KeyDirectory.named("k", home: "/h") }?.message.contains("absolute") == true)
        #expect(refusal { _ = try KeyDirectory.named(nil, home: nil) }?.kind == .missing)
    }

    @Test func twoPoolsDoNotHurtEachOther() throws {
        try SecretPlace.with { place in
            let keys = KeyDirectory(path: place.path)
            let other = PoolSecret().key(for: .daemon)
            let first = try keys.publish(key, host: "n1", port: 1)
            let second = try keys.publish(other, host: "n1", port: 2)
            #expect(try KeyFile.read(first.path).acceptedKeys == [key], "it was not swept")
            // Another host has the address now.
            let third = try keys.publish(other, host: "n1", port: 1)
            try first.withdraw()
            #expect(try KeyFile.read(third.path).acceptedKeys == [other])
            try second.withdraw()
            try third.withdraw()
            #expect(place.names(in: place.path) == [".lock"])
        }
    }

    @Test func manyAtOnce() async throws {
        let directory = "/tmp/hayate-keys-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let keys = KeyDirectory(path: directory)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<16 {
                group.addTask {
                    // Half of them want the same address.
                    let port = UInt16(index % 2 == 0 ? 1 : index)
                    for _ in 0..<10 {
                        try keys.publish(PoolSecret().key(for: .daemon), host: "n1", port: port).withdraw()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(unlink(directory + "/.lock") == 0)
        #expect(rmdir(directory) == 0, "nothing is left")
    }

    @Test func onlyWhatIsGoneIsSwept() throws {
        try SecretPlace.with { place in
            let me = Publisher.current()
            var gone = me
            gone.process = try endedProcess()
            var rebooted = me
            rebooted.boot = "another"
            var elsewhere = gone
            elsewhere.machine = "another"
            var contained = gone
            contained.processSpace = "pid:[1]"
            let entries = [
                "gone": gone, "rebooted": rebooted, "elsewhere": elsewhere, "contained": contained, "mine": me,
            ]
            for (name, publisher) in entries {
                try KeyFile(keys: [key]).write(
                    to: "\(place.path)/\(name)/daemon.key", replacing: false, comments: [publisher.line])
            }
            try KeyFile(keys: [key]).write(to: "\(place.path)/hand/daemon.key", replacing: false)
            _ = try KeyDirectory(path: place.path).publish(key, host: "n1", port: 1)
            #expect(
                place.names(in: place.path) == [
                    ".lock", "contained", "elsewhere", "hand", "mine", "n1_1", "rebooted",
                ])
        }
    }

    @Test func aDirectoryInWhichOthersWriteIsRefused() throws {
        try SecretPlace.with { place in
            let directory = try place.directory("keys", mode: 0o777)
            let error = refusal {
                _ = try KeyDirectory(path: directory).publish(key, host: "n1", port: 1)
            }
            #expect(error?.kind == .unsafeDirectory)
            #expect(place.names(in: directory) == [])
        }
    }

    /// The number of a process that was.
    private func endedProcess() throws -> Int32 {
        var pid: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
        defer { free(arguments[0]) }
        guard posix_spawnp(&pid, "true", nil, nil, &arguments, environ) == 0 else {
            throw SecretPlace.CannotMake()
        }
        var status: Int32 = 0
        #expect(waitpid(pid, &status, 0) == pid)
        return pid
    }
}
