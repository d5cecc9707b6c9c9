import Glibc
import Synchronization
import Testing

@testable import HayateTransport

@Suite struct DialTests {
    @Test func deadEndpointsAreErrors() throws {
        let directory = try PrivateDirectory()
        defer { directory.remove() }
        #expect {
            _ = try dial(directory.endpoint(named: "nobody"))
        } throws: { ($0 as? TransportError)?.code == .connectionRefused }

        // A port that is bound but where nobody listens.
        let bound = try #require(RawSocket.boundTCP(listen: nil))
        defer { close(bound.descriptor) }
        #expect {
            _ = try dial(Endpoint("tcp://127.0.0.1:\(bound.port)"))
        } throws: { ($0 as? TransportError)?.code == .connectionRefused }
    }

    @Test func deadlineEndsADialThatNobodyAnswers() throws {
        // With a full backlog the system answers no further attempt.
        let bound = try #require(RawSocket.boundTCP(listen: 0))
        defer { close(bound.descriptor) }
        let endpoint = try Endpoint("tcp://127.0.0.1:\(bound.port)")
        let results = Events<Result<Connection, TransportError>>()
        for _ in 0..<4 {
            try Dialer(endpoint, deadline: .milliseconds(300)) { results.add($0) }
        }
        let all = results.wait(count: 4)
        #expect(all.count == 4)
        var timedOut = 0
        for result in all {
            switch result {
            case .success(let connection): connection.close()
            case .failure(let error):
                #expect(error.code == .timedOut)
                timedOut += 1
            }
        }
        #expect(timedOut >= 1)
    }

    @Test func cancellingGivesOneResult() throws {
        let bound = try #require(RawSocket.boundTCP(listen: 0))
        defer { close(bound.descriptor) }
        let endpoint = try Endpoint("tcp://127.0.0.1:\(bound.port)")
        let results = Events<Bool>()
        var dialers: [Dialer] = []
        for _ in 0..<20 {
            dialers.append(
                try Dialer(endpoint, deadline: .seconds(20)) { result in
                    if case .success(let connection) = result { connection.close() }
                    results.add(true)
                })
        }
        for dialer in dialers {
            dialer.cancel()
            dialer.cancel()
        }
        #expect(results.wait(count: 20).count == 20)
    }

    @Test func boundAddressIsRefusedWithASentence() throws {
        let first = try Listener(Endpoint("tcp://127.0.0.1:0"), admit: { $0.close() })
        defer { first.close() }
        #expect {
            _ = try Listener(first.endpoint, admit: { $0.close() })
        } throws: { error in
            let error = error as? TransportError
            return error?.code == .addressInUse && error?.message.contains("port 0") == true
        }
    }
}

@Suite struct AdmissionTests {
    @Test func silentPeersAreEvictedAndExpiredWhileAGoodOneIsServed() throws {
        let directory = try PrivateDirectory()
        defer { directory.remove() }
        var limits = TransportLimits()
        limits.unadmittedConnections = 8
        limits.admissionDeadline = .milliseconds(400)
        let reasons = Events<CloseReason>()
        let endpoint = try directory.endpoint(named: "socket")
        let listener = try Listener(endpoint, limits: limits) { connection in
            connection.start(
                onBytes: { [weak connection] bytes in
                    connection?.admitted()
                    connection?.append { $0.append(bytes) }
                    connection?.flush()
                    return .any
                }, onClose: { reasons.add($0) })
        }
        defer { listener.close() }
        let path = try #require(listener.endpoint.path)

        let good = try dial(listener.endpoint)
        let answers = Counter()
        let goodClosed = Events<CloseReason>()
        good.start(
            onBytes: { bytes in
                answers.add(bytes.count)
                return .any
            }, onClose: { goodClosed.add($0) })
        good.append(bytes: [1])
        good.flush()
        #expect(answers.wait { $0 == 1 })

        var silent: [Int32] = []
        defer { for descriptor in silent { close(descriptor) } }
        for number in 2...41 {
            silent.append(try #require(RawSocket.connectLocal(path)))
            good.append(bytes: [1])
            good.flush()
            #expect(answers.wait { $0 >= number })
        }
        // 32 lose their place to the eight that came last, which then reach the deadline.
        let ends = reasons.wait(count: 40)
        let evicted = ends.filter { $0 == .evicted }.count
        let expired = ends.filter { $0 == .notAdmitted }.count
        #expect(evicted + expired == 40)
        #expect(expired >= 8)
        #expect(listener.evictedConnections == evicted)
        for descriptor in silent { #expect(RawSocket.waitForEnd(descriptor, seconds: 20)) }
        #expect(listener.unadmittedConnections == 0)
        #expect(goodClosed.all.isEmpty)
        good.append(bytes: [1])
        good.flush()
        #expect(answers.wait { $0 == 42 })
        good.close()
    }

    @Test func closingTheListenerClosesTheUnadmitted() throws {
        let reasons = Events<CloseReason>()
        let seen = Counter()
        let listener = try Listener(Endpoint("tcp://127.0.0.1:0")) { connection in
            connection.start(onBytes: { _ in .any }, onClose: { reasons.add($0) })
            seen.add()
        }
        let connection = try dial(listener.endpoint)
        #expect(seen.wait { $0 == 1 })
        listener.close()
        listener.close()
        #expect(reasons.wait(count: 1) == [.requested])
        connection.close()
    }

    @Test func exhaustedDescriptorsDelayAcceptingAndDoNotEndIt() async {
        // In a process of its own: the limit is everybody's.
        await #expect(processExitsWith: .success) {
            let directory = try PrivateDirectory()
            defer { directory.remove() }
            let accepted = Counter()
            let listener = try Listener(directory.endpoint(named: "socket")) { connection in
                echo(connection)
                accepted.add()
            }
            let path = try #require(listener.endpoint.path)
            // The peer's end and ours take one descriptor each; then there are none for ours.
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = rlim_t(openDescriptors() + 20)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            var peers: [Int32] = []
            while let peer = RawSocket.connectLocal(path) { peers.append(peer) }
            let start = MonotonicClock.now
            while listener.acceptFailures < 2, MonotonicClock.now - start < .seconds(20) {
                usleep(1000)
            }
            let failures = listener.acceptFailures
            let elapsed = MonotonicClock.now - start
            // It tries again ten times a second and no more often.
            guard failures >= 2, failures <= 3 + Int(elapsed / .milliseconds(90)) else { exit(3) }
            for peer in peers { close(peer) }
            let before = accepted.current
            let good = try dial(listener.endpoint)
            guard accepted.wait(until: { $0 > before }) else { exit(4) }
            good.close()
            listener.close()
            Transport.waitUntilIdle()
        }
    }
}

@Suite struct LocalSocketTests {
    /// The library would take the file for a socket that was left over, and remove it.
    @Test func filesAreNotReplacedBySockets() throws {
        let directory = try PrivateDirectory()
        defer { directory.remove() }
        let path = directory.path + "/precious"
        let file = open(path, O_CREAT | O_WRONLY, 0o600)
        #expect(write(file, "data", 4) == 4)
        close(file)
        #expect {
            _ = try Listener(Endpoint("ipc://" + path)) { $0.close() }
        } throws: { ($0 as? TransportError)?.message.contains("no socket") == true }
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_size == 4)
        unlink(path)
        #expect {
            _ = try Listener(Endpoint("ipc://" + directory.path + "/none/socket")) { $0.close() }
        } throws: { ($0 as? TransportError)?.message.contains("is not there") == true }
    }

    @Test func directoryIsPrivateAndGoesAway() throws {
        let directory = try PrivateDirectory(inside: "/tmp")
        var status = stat()
        #expect(lstat(directory.path, &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o700 && status.st_uid == geteuid())
        let listener = try Listener(directory.endpoint(named: "socket"), admit: { $0.close() })
        let path = try #require(listener.endpoint.path)
        #expect(lstat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        listener.close()
        #expect(lstat(path, &status) != 0, "the socket's file is removed by close")
        directory.remove()
        directory.remove()
        #expect(lstat(directory.path, &status) != 0)
    }

    @Test func unsafeDirectoriesAreRefused() throws {
        let directory = try PrivateDirectory(inside: "/tmp")
        defer { directory.remove() }
        let link = directory.path + "-link"
        symlink(directory.path, link)
        defer { unlink(link) }
        func message(_ path: String) -> String {
            do {
                try PrivateDirectory.verify(path)
                return ""
            } catch {
                return error.message
            }
        }
        #expect(message(directory.path) == "")
        #expect(message(link).contains("symbolic link"))
        #expect(message("relative").contains("absolute"))
        #expect(message(directory.path + "/nothing").contains("No such file"))
        chmod(directory.path, 0o710)
        #expect(message(directory.path).contains("mode 710 lets others in"))
        #expect(throws: TransportError.self) { try directory.endpoint(named: "socket") }
        chmod(directory.path, 0o700)
        if geteuid() == 0 {
            chown(directory.path, 65534, 65534)
            #expect(message(directory.path).contains("belongs to user 65534"))
            chown(directory.path, 0, 0)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
    func anotherUserIsRefused() async throws {
        let directory = try PrivateDirectory(inside: "/tmp")
        defer { directory.remove() }
        let admitted = Counter()
        let listener = try Listener(directory.endpoint(named: "socket")) { connection in
            admitted.add()
            echo(connection)
        }
        defer { listener.close() }
        let path = try #require(listener.endpoint.path)

        // By the directory: the other user does not even reach the socket.
        await #expect(processExitsWith: .success) { [path = path as String] in
            guard setgid(65534) == 0, setuid(65534) == 0 else { exit(3) }
            guard RawSocket.connectLocal(path) == nil, errno == EACCES else { exit(4) }
        }
        #expect(listener.refusedPeers == 0)

        // With directory and socket opened: by the peer's user.
        chmod(directory.path, 0o777)
        chmod(path, 0o777)
        await #expect(processExitsWith: .success) { [path = path as String] in
            guard setgid(65534) == 0, setuid(65534) == 0 else { exit(3) }
            guard let descriptor = RawSocket.connectLocal(path) else { exit(4) }
            guard RawSocket.waitForEnd(descriptor, seconds: 20) else { exit(5) }
        }
        #expect(listener.refusedPeers == 1)
        #expect(admitted.current == 0)

        // A socket of another user is not dialled either, and ours still serves.
        let good = try dial(listener.endpoint)
        #expect(admitted.wait { $0 == 1 })
        good.close()
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
    func aListenerOfAnotherUserIsNotTrusted() async throws {
        let directory = try PrivateDirectory(inside: "/tmp")
        defer { directory.remove() }
        let listener = try Listener(directory.endpoint(named: "socket"), admit: echo)
        defer { listener.close() }
        let path = try #require(listener.endpoint.path)
        chmod(directory.path, 0o777)
        chmod(path, 0o777)
        await #expect(processExitsWith: .success) { [path = path as String] in
            guard setgid(65534) == 0, setuid(65534) == 0 else { exit(3) }
            do {
                _ = try dial(Endpoint(path: path))
                exit(4)
            } catch let error as TransportError {
                guard error.code == .foreignPeer else { exit(5) }
            }
        }
    }
}
