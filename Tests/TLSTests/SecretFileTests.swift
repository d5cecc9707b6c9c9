import Glibc
import Testing

@testable import HayateTLS

@Suite struct SecretFileTests {
    @Test func aFileOfOursIsRead() throws {
        try SecretPlace.with { place in
            let file = try place.file("key", "abc")
            let bytes = try SecretFile.read(file)
            #expect(bytes.text == "abc")
            #expect("\(bytes)" == "<secret>")
            let report = SecretFile.examine(file)
            #expect(report.mode == 0o600 && report.problems.isEmpty && (report.modified ?? 0) > 0)
        }
    }

    @Test(arguments: [0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o777] as [mode_t])
    func permissionsForOthersAreRefused(mode: mode_t) throws {
        try SecretPlace.with { place in
            let file = try place.file("key", mode: mode)
            let error = refusal { _ = try SecretFile.read(file) }
            #expect(error?.kind == .widePermissions)
            #expect(error?.message.contains("chmod 600 \(file)") == true)
            #expect(chmod(file, 0o600) == 0)
            #expect(refusal { _ = try SecretFile.read(file) } == nil, "the remedy helps")
        }
    }

    @Test(arguments: [0o400, 0o600, 0o700] as [mode_t])
    func permissionsForUsAreFine(mode: mode_t) throws {
        try SecretPlace.with { place in
            let file = try place.file("key", mode: mode)
            #expect(refusal { _ = try SecretFile.read(file) } == nil)
        }
    }

    @Test(arguments: [0o770, 0o702, 0o1777] as [mode_t])
    func aDirectoryInWhichOthersWriteIsRefused(mode: mode_t) throws {
        try SecretPlace.with { place in
            let directory = try place.directory("open")
            _ = try place.directory("open/below")
            let files = [try place.file("open/key"), try place.file("open/below/key")]
            // Sticky directories are good if they are root's.
            #expect(chown(directory, mode == 0o1777 && geteuid() == 0 ? 65534 : geteuid(), getegid()) == 0)
            #expect(chmod(directory, mode) == 0)
            for file in files {
                let error = refusal { _ = try SecretFile.read(file) }
                #expect(error?.kind == .unsafeDirectory)
                #expect(error?.message.contains(directory) == true)
                if mode != 0o1777 {
                    #expect(error?.message.hasSuffix("chmod go-w \(directory)") == true)
                }
                let written = refusal { try SecretFile.write(SecretBytes([1]), to: file, replacing: true) }
                #expect(written?.kind == .unsafeDirectory)
            }
            #expect(chown(directory, geteuid(), getegid()) == 0 && chmod(directory, 0o700) == 0)
            #expect(refusal { _ = try SecretFile.read(files[1]) } == nil, "the remedy helps")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "gives files to other users"))
    func whatBelongsToOthersIsRefused() throws {
        try SecretPlace.with { place in
            let file = try place.file("key")
            #expect(chown(file, 65534, 65534) == 0)
            let foreign = refusal { _ = try SecretFile.read(file) }
            #expect(foreign?.kind == .foreignOwner)
            #expect(foreign?.message.contains("65534") == true)
            let directory = try place.directory("theirs")
            let inside = try place.file("theirs/key")
            #expect(chown(directory, 65534, 65534) == 0)
            let error = refusal { _ = try SecretFile.read(inside) }
            #expect(error?.kind == .unsafeDirectory)
            #expect(error?.message.contains("copy it to a directory of yours") == true)
            let written = refusal { try SecretFile.write(SecretBytes([1]), to: inside, replacing: true) }
            #expect(written?.message.contains("choose a directory of yours") == true)
        }
    }

    @Test func aLinkIsRefusedAndOneOnTheWayIsNot() throws {
        try SecretPlace.with { place in
            _ = try place.directory("real")
            let file = try place.file("real/key", "abc")
            let link = place.path + "/link"
            #expect(symlink(file, link) == 0)
            #expect(refusal { _ = try SecretFile.read(link) }?.kind == .link)
            #expect(
                refusal { try SecretFile.write(SecretBytes([1]), to: link, replacing: true) }?.kind == .link)
            #expect(symlink("real", place.path + "/way") == 0)
            #expect(try SecretFile.read(place.path + "/way/key").text == "abc")
            // Where the way really leads counts.
            #expect(chmod(place.path + "/real", 0o777) == 0)
            #expect(
                refusal { _ = try SecretFile.read(place.path + "/way/key") }?.kind == .unsafeDirectory)
        }
    }

    @Test func whatIsNoFileIsRefusedWithoutWaiting() throws {
        try SecretPlace.with { place in
            let pipe = place.path + "/pipe"
            #expect(mkfifo(pipe, 0o600) == 0)
            #expect(refusal { _ = try SecretFile.read(pipe) }?.kind == .notAFile)
            #expect(refusal { _ = try SecretFile.read(place.path) }?.kind == .notAFile)
            #expect(refusal { _ = try SecretFile.read(place.path + "/") }?.kind == .notAFile)
            #expect(refusal { _ = try SecretFile.read("/dev/zero") }?.kind == .notAFile)
            #expect(refusal { _ = try SecretFile.read(place.path + "/none") }?.kind == .missing)
            #expect(refusal { _ = try SecretFile.read(place.path + "/none/none") }?.kind == .missing)
            #expect(refusal { _ = try SecretFile.read("") } != nil)
        }
    }

    @Test func sizeIsLimited() throws {
        try SecretPlace.with { place in
            let most = String(repeating: "x", count: SecretFile.maximumSize)
            #expect(try SecretFile.read(place.file("most", most)).count == SecretFile.maximumSize)
            let file = try place.file("more", most + "x")
            #expect(refusal { _ = try SecretFile.read(file) }?.kind == .tooLarge)
        }
    }

    @Test func everythingIsSaidAtOnce() throws {
        try SecretPlace.with { place in
            _ = try place.directory("open", mode: 0o777)
            let file = try place.file("open/key", mode: 0o644)
            #expect(SecretFile.examine(file).problems.map(\.kind) == [.unsafeDirectory, .widePermissions])
        }
    }

    @Test func writtenFilesArePrivateAndWhole() throws {
        try SecretPlace.with { place in
            let file = place.path + "/a/b/key"
            try SecretFile.write(SecretBytes(Array("one".utf8)), to: file, replacing: false)
            #expect(try SecretFile.read(file).text == "one")
            for directory in ["/a", "/a/b"] {
                var status = stat()
                #expect(stat(place.path + directory, &status) == 0 && status.st_mode & 0o7777 == 0o700)
            }
            let again = refusal { try SecretFile.write(SecretBytes([1]), to: file, replacing: false) }
            #expect(again?.kind == .exists)
            #expect(try SecretFile.read(file).text == "one", "what is there stays")
            try SecretFile.write(SecretBytes(Array("two".utf8)), to: file, replacing: true)
            #expect(try SecretFile.read(file).text == "two")
            #expect(SecretFile.examine(file).mode == 0o600)
            #expect(place.names(in: place.path + "/a/b") == ["key"], "nothing temporary is left")
        }
    }

    @Test func remediesCanBeCopiedIntoAShell() throws {
        try SecretPlace.with { place in
            let file = try place.file("my key's", mode: 0o644)
            let message = refusal { _ = try SecretFile.read(file) }?.message
            #expect(message?.hasSuffix("chmod 600 '\(place.path)/my key'\\''s'") == true)
        }
    }
}
