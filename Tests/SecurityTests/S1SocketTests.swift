import Glibc
import Testing

@testable import HayateTransport

extension Adversary {
    /// Another user of the machine at the local socket.
    @Suite("S1: another user at the local socket") struct S1Tests {
        @Test("S1: another user finds nobody at home", .enabled(if: geteuid() == 0, "only root can become another user"))
        func strangersAreNotServed() async throws {
            let door = try LineTalk.Door()
            async let ended: Void = Self.becomeStranger(door.path)
            let figures = try await onThread { try Self.observe(try door.accept(within: .seconds(30))) }
            await ended
            #expect(figures.tries == 100)
            #expect(figures.served == 0)
            report(
                "S1", "another user dials the local socket, guesses its path, comes through a link",
                "\(figures.tries) tries, \(figures.served) served: \(figures.atDirectory) stopped at the "
                    + "directory, \(figures.shownOut) let in by open doors and shown out before a word, "
                    + "\(figures.lines) line in the log")
        }

        private struct Figures: Sendable {
            var tries = 0
            var served = 0
            var atDirectory = 0
            var shownOut = 0
            var lines = 0
        }

        /// The owner's side.
        private static func observe(_ stranger: LineTalk) throws -> Figures {
            let directory = try PrivateDirectory(inside: "/tmp")
            defer { directory.remove() }
            let host = try SecureHost(at: "ipc://\(directory.path)/pool")
            defer { host.close() }
            var figures = Figures()
            func attempt(_ how: String) throws -> [Int] {
                try stranger.say("\(how) \(directory.path)")
                let counts = try stranger.hear().split(separator: " ").compactMap { Int($0) }
                guard counts.count == 4 else { throw Failed("the stranger is confused") }
                figures.tries += counts[0]
                figures.atDirectory += counts[1]
                figures.shownOut += counts[2]
                figures.served += counts[3]
                return counts
            }
            for how in ["dial", "guess", "link"] {
                let counts = try attempt(how)
                #expect(counts == [25, 25, 0, 0], "\(how)")
            }
            #expect(host.refused == 0)
            // Somebody opens all doors: the kernel still says who comes.
            #expect(chmod(directory.path, 0o755) == 0 && chmod(directory.path + "/pool", 0o666) == 0)
            let counts = try attempt("dial")
            #expect(counts == [25, 0, 25, 0])
            try eventually("all are counted") { host.refused == 25 }
            #expect(host.log.count == 1)
            #expect(host.log.first?.contains("user 65534") == true)
            figures.lines = host.log.count
            #expect(host.joined == 0)

            // A directory behind a link, or of another user, is none that a host would use.
            let link = directory.path + "-link"
            #expect(symlink(directory.path, link) == 0)
            defer { unlink(link) }
            #expect(throws: TransportError.self) { try PrivateDirectory.verify(link) }
            let foreign = directory.path + "-foreign"
            #expect(mkdir(foreign, 0o700) == 0 && chown(foreign, 65534, 65534) == 0)
            defer { rmdir(foreign) }
            #expect(throws: TransportError.self) { try PrivateDirectory.verify(foreign) }
            return figures
        }

        /// The stranger's side, in another process.
        private static func becomeStranger(_ path: String) async {
            await #expect(processExitsWith: .success) { [path = path as String] in
                let talk = try LineTalk(path: path)
                guard setgroups(0, nil) == 0, setgid(65534) == 0, setuid(65534) == 0 else {
                    throw Failed("cannot become another user")
                }
                while let line = try? talk.hear() {
                    let words = line.split(separator: " ").map(String.init)
                    try talk.say(Stranger.attempt(words[0], at: words[1]))
                }
            }
        }
    }
}

private enum Stranger {
    /// 25 tries; tells how many were made, stopped at a door, let in and shown out, and served.
    static func attempt(_ how: String, at directory: String) -> String {
        var counts = [0, 0, 0, 0]
        let link = "/tmp/hayate-stranger-\(getpid())"
        if how == "link" { symlink(directory, link) }
        defer { unlink(link) }
        for number in 0..<25 {
            counts[0] += 1
            let path: String
            switch how {
            case "dial": path = directory + "/pool"
            // What is in there cannot be listed; names are as likely as any.
            case "guess": path = directory + "/" + ["pool", "socket", "daemon", "\(number)", ".."][number % 5] + "/pool"
            default: path = link + "/pool"
            }
            let peer: RawPeer
            do { peer = try RawPeer(path: path) } catch {
                counts[1] += 1
                continue
            }
            peer.send([UInt8](repeating: 0, count: 12))
            let said = peer.readToEnd(within: .seconds(5))
            counts[peer.isClosed && said.isEmpty ? 2 : 3] += 1
        }
        return counts.map { "\($0)" }.joined(separator: " ")
    }
}
