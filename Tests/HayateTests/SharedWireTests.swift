import Glibc
import Hayate
import HayateTestTasks
import HayateWire
import Testing

extension RealProcesses {
    /// One side is the test itself: what the other does with answers that ours would not give.
    @Suite("Shared contents on the wire") struct SharedWireTests {
        private static let answer = try? BinaryEncoder().encode(
            SharedSight(process: 1, attempt: 1, count: 3, sum: 6, inodes: []))

        private static func daemons(_ url: String) -> Daemons {
            .plaintext(at: url).with { daemons in
                daemons.heartbeat = .milliseconds(50)
                daemons.limits.suspectAfter = .milliseconds(300)
            }
        }

        /// Takes one task of one shared array, whose content it returns, and ends it.
        private static func serve(_ peer: WirePeer) throws -> (number: UInt64, body: [UInt8]) {
            guard case .sharedBytes(let number, let body) = try peer.next() else {
                throw TestFailure("no content came first")
            }
            guard case .details(let details) = try peer.next(), details.shares == [number],
                case .define = try peer.next(), case .assign(let attempt, _, _) = try peer.next()
            else { throw TestFailure("no task came behind it") }
            peer.send(.finished(attempt, status: .value, taskTime: 1_000, body: answer ?? []))
            return (number, body)
        }

        @Test(arguments: [[], [UInt8](repeating: 1, count: 32)])
        func daemonsThatCannotProveToHaveReadGetBytes(proof: [UInt8]) async throws {
            let files = try TemporaryDirectory()
            try await withPool(Self.daemons("ipc://" + files("socket"))) { pool in
                let peer = try WirePeer.daemon(at: pool.url)
                guard case .probe(let file) = try peer.next(.probe) else {
                    Issue.record("no probe")
                    return
                }
                #expect(file.size == 32)
                #expect(file.process == UInt32(getpid()))
                #expect(pool.status.daemons.first?.state != .idle)
                try await Self.askForSum(pool, peer, proof)
                guard case .unshare = try peer.next() else {
                    Issue.record("the end of the content was not said")
                    return
                }
            }
        }

        private static func askForSum(
            _ pool: Pool, _ peer: WirePeer, _ proof: [UInt8]
        ) async throws {
            let numbers = try SharedArray([1.0, 2, 3])
            let mirai = pool.mirai(SumShared(numbers))
            peer.send(.seen(proof))
            let (_, body) = try serve(peer)
            #expect(body == [1.0, 2, 3].withUnsafeBytes { Array($0) })
            #expect(try await mirai.value.sum == 6)
            // Again: by number alone.
            let again = pool.mirai(SumShared(numbers))
            guard case .details(let details) = try peer.next(), details.shares.count == 1,
                case .assign(let attempt, _, _) = try peer.next()
            else { throw TestFailure("no second task came") }
            peer.send(.finished(attempt, status: .value, taskTime: 1_000, body: answer ?? []))
            #expect(try await again.value.sum == 6)
        }

        @Test func aProbeWithoutAnswerIsGivenUp() async throws {
            let files = try TemporaryDirectory()
            try await withPool(Self.daemons("ipc://" + files("socket"))) { pool in
                let peer = try WirePeer.daemon(at: pool.url)
                let mirai = pool.mirai(SumShared(try SharedArray([1.0, 2, 3])))
                _ = try peer.next(.probe)
                _ = try Self.serve(peer)
                #expect(try await mirai.value.sum == 6)
                // Too late, and no harm.
                peer.send(.seen([]))
                let next = pool.mirai(Add(1, 2))
                guard case .assign(let attempt, _, _) = try peer.next(.assign) else { return }
                peer.send(
                    .finished(
                        attempt, status: .value, taskTime: 1, body: try BinaryEncoder().encode(3)))
                #expect(try await next.value == 3)
            }
        }

        @Test func answersThatNobodyAskedForCutTheConnection() async throws {
            try await withPool(Self.daemons("tcp://127.0.0.1:0")) { pool in
                let peer = try WirePeer.daemon(at: pool.url)
                _ = try peer.next(.welcome)
                try await pool.hasDaemons(1)
                peer.send(.seen([]))
                #expect(throws: TestFailure.self) { while true { _ = try peer.next() } }
                #expect(peer.isClosed)
            }
        }

        // MARK: A daemon's side

        @Test func aDaemonRefusesContentsThatItCannotHave() async throws {
            let host = try WireHost()
            let daemon = try Child.daemon(host.url, ["--insecure-plaintext"])
            let peer = try host.accept()
            let table = try Shared(CountedTable(["a", "b"]))
            var contents: [any SharedContent] = []
            let body = try BinaryEncoder().encode(LookUp(1, in: table), collecting: &contents)
            let region = try #require(contents.first as? SharedRegion)
            let file = try #require(region.file)
            peer.send(.define(index: 0, name: try #require(TaskName.of(LookUp.self))))

            func run(_ slot: UInt32, declared: Bool = true) throws -> (ResultStatus, [UInt8]) {
                var details = TaskDetails()
                if declared { details.shares = [region.number] }
                if !details.isEmpty { peer.send(.details(details)) }
                let attempt = AttemptID(task: TaskID(slot: slot, generation: 0), attempt: 1)
                peer.send(.assign(attempt, type: 0, body: body))
                guard case .finished(attempt, let status, _, let result) = try peer.next(.finished)
                else { throw TestFailure("no result") }
                return (status, result)
            }
            func refusal(_ end: (ResultStatus, [UInt8])) throws -> String {
                #expect(end.0 == .refused)
                return try BinaryDecoder().decode(RemoteFailure.self, from: end.1).message
            }

            // Never heard of: declared beside the task, or only in it.
            let unknown = "shared content number \(region.number), which this daemon was not given"
            #expect(try refusal(run(1)).contains(unknown))
            #expect(try refusal(run(2, declared: false)).contains(unknown))
            // A file that is another one than announced.
            var lie = file
            lie.inode += 1
            peer.send(.sharedFile(region.number, lie))
            #expect(try refusal(run(3)).contains("is not the one that was announced"))
            // A probe that is none.
            peer.send(.probe(file))
            #expect(try peer.next() == .seen([]))
            // The file itself.
            peer.send(.sharedFile(region.number, file))
            let (status, result) = try run(4)
            #expect(status == .value)
            let found = try BinaryDecoder().decode(LookUp.Found.self, from: result)
            #expect(found.text == "b")
            #expect(SharedMappings.inodes(of: daemon.pid).count == 1)
            peer.send(.unshare(region.number))
            #expect(try refusal(run(5)).contains(unknown))
            #expect(SharedMappings.inodes(of: daemon.pid).isEmpty)
            // Bytes that are no such value.
            peer.send(.sharedBytes(region.number, body: [0xff]))
            let (failed, _) = try run(6)
            #expect(failed == .failure)
            peer.send(.close(ending: true))
            try await daemon.isOver()
        }
    }
}
