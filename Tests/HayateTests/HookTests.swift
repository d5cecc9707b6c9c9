import Foundation
import Hayate
import HayateTestTasks
import Testing

/// The daemon's program does not have it: it is in the tests only.
enum HostOnlyHook: SerializationHook {
    static func encode(_ handle: Handle) throws -> [UInt8] { [] }
    static func decode(_ bytes: [UInt8]) throws -> Handle { Handle("") }
}

private enum PrivateHook: SerializationHook {
    static func encode(_ handle: Handle) throws -> [UInt8] { [] }
    static func decode(_ bytes: [UInt8]) throws -> Handle { Handle("") }
}

extension RealProcesses {
    @Suite("Serialization hooks") struct HookTests {
        @Test("J: values of two types without Codable travel nested anywhere, there and back")
        func roundTripNestedAnywhere() async throws {
            let daemons = Daemons.test(2).serializing(HandleHook.self).serializing(DialHook.self)
            try await withPool(daemons) { pool in
                let rig = Rig(
                    Handle("main"),
                    parts: [
                        "a": [Rig.Part(Dial(1, 2), "x"), Rig.Part(Dial(), "y")],
                        "b": [Rig.Part(Dial(200), "z")],
                    ],
                    spare: Handle("spare"))
                let tasks = (0..<50).map { TurnRig(rig, result: "back \($0)") }
                for (index, answer) in try await pool.map(tasks).collect().enumerated() {
                    #expect(answer.text == "main spare a=x[1, 2]y[] b=z[200]")
                    #expect(answer.rig.main.name == "back \(index)")
                    #expect(answer.rig.main.trace == "hh")
                    #expect(answer.rig.spare?.wrappedValue.name == "spare")
                    #expect(answer.rig.parts["b"]?.first?.dial == Dial(200))
                }
                let single = pool.mirai(TurnRig(Rig(Handle("one"))))
                #expect(try await single.value.rig.main.name == "back")
                let polled = try single.poll()?.get()
                #expect(polled?.rig.main.name == "back")
                guard case .success(let answer) = await single.result else {
                    Issue.record("no result")
                    return
                }
                #expect(answer.text == "one -")
            }
        }

        @Test func eachPoolHasItsOwn() async throws {
            try await withPool(.test(1).serializing(HandleHook.self)) { one in
                let other = Daemons.test(1).serializing(OtherHandleHook.self)
                try await withPool(other, profile: "other") { two in
                    try await withPool(.test(1), profile: "none") { none in
                        let task = TurnRig(Rig(Handle("x")))
                        let (first, second) = (one.mirai(task), two.mirai(task))
                        #expect(try await first.value.rig.main.trace == "hh")
                        #expect(try await second.value.rig.main.trace == "oo")
                        let error = try await failure(of: none.mirai(task))
                        #expect(error.code == .notSendable)
                        #expect(
                            error.message.contains(
                                "no serialization hook for Handle in this pool: add .serializing(…)"))
                    }
                }
            }
        }

        @Test func aSecondHookForTheSameTypeReplacesTheFirst() async throws {
            let daemons = Daemons.test(1).serializing(HandleHook.self)
                .serializing(OtherHandleHook.self)
            try await withPool(daemons) { pool in
                let answer = try await pool.mirai(TurnRig(Rig(Handle("x")))).value
                #expect(answer.rig.main.trace == "oo")
            }
        }

        @Test func aDaemonThatLacksTheHookSaysSo() async throws {
            try await withPool(.test(1).serializing(HostOnlyHook.self)) { pool in
                let error = try await failure(of: pool.mirai(TurnRig(Rig(Handle("x")))))
                #expect(error.code == .refused)
                #expect(error.message.contains("no serialization hook for Handle"))
                #expect(error.message.contains("HostOnlyHook"))
                #expect(error.message.contains("start the daemon from the host's executable"))
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }

        @Test func hooksThatOtherProcessesCannotNameAreRefused() throws {
            do {
                _ = try Pool(.listening(at: "tcp://127.0.0.1:0").serializing(PrivateHook.self))
                Issue.record("no error")
            } catch {
                #expect(error.code == .notSendable)
                #expect(error.message.contains("PrivateHook is private or local"))
            }
        }

        @Test func throwingHooksAreErrorsOnEachSide() async throws {
            try await withPool(.test(1).serializing(HandleHook.self)) { pool in
                // At the host, on the way there.
                let locked = try await failure(
                    of: pool.mirai(TurnRig(Rig(Handle("cannot be encoded")))))
                #expect(locked.code == .notSendable)
                #expect(locked.message.contains("cannot encode a Handle: the handle is locked"))
                // At the daemon, on the way there.
                let broken = try await failure(
                    of: pool.mirai(TurnRig(Rig(Handle("cannot be decoded")))))
                #expect(broken.code == .refused)
                #expect(broken.message.contains("cannot decode a Handle: the handle is broken"))
                // At the daemon, on the way back.
                let unsent = try await failure(
                    of: pool.mirai(TurnRig(Rig(Handle("x")), result: "cannot be encoded")))
                #expect(unsent.code == .refused)
                #expect(unsent.message.contains("the handle is locked"))
                // At the host, on the way back.
                let unread = try await failure(
                    of: pool.mirai(TurnRig(Rig(Handle("x")), result: "cannot be decoded")))
                #expect(unread.code == .malformed)
                #expect(unread.message.contains("the handle is broken"))
                let results = try await pool.map(
                    ["x", "cannot be decoded"].map { TurnRig(Rig(Handle("x")), result: $0) }
                ).collectResults()
                #expect(results.map { (try? $0.get()) == nil } == [false, true])
                #expect(try await pool.mirai(TurnRig(Rig(Handle("x")))).value.text == "x -")
            }
        }

        @Test func cancelledTasksWithHooksAreNoTrouble() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1).serializing(HandleHook.self)) { pool in
                let gate = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                let mirais = (0..<20).map {
                    pool.mirai(TurnRig(Rig(Handle($0 % 2 == 0 ? "x" : "cannot be decoded"))))
                }
                for mirai in mirais { mirai.stop() }
                try SignalFile.write(files("gate.release"))
                _ = try await gate.value
                for mirai in mirais { #expect(try await failure(of: mirai).code == .cancelled) }
                #expect(try await pool.mirai(TurnRig(Rig(Handle("x")))).value.text == "x -")
            }
        }

        @Test func laterAndReturningDaemonsKnowTheHooks() async throws {
            let daemons = Daemons.listening(at: "tcp://127.0.0.1:0").serializing(HandleHook.self)
            try await withPool(daemons) { pool in
                let port = try #require(pool.url.split(separator: ":").last.flatMap { UInt16($0) })
                let proxy = try Proxy(to: port)
                defer { proxy.end() }
                let waiting = pool.mirai(TurnRig(Rig(Handle("early"))))
                let daemon = try Child.daemon(proxy.url, of: pool)
                #expect(try await waiting.value.text == "early -")
                proxy.cut()
                try await eventually("it is away") { pool.status.daemons.first?.state == .away }
                proxy.restore()
                #expect(try await pool.mirai(TurnRig(Rig(Handle("late")))).value.text == "late -")
                await pool.close()
                try await daemon.isOver()
            }
        }

        /// Registering is for the whole process: `Dial`s, so that the other tests do not see it.
        @Test func registeredHooksServePoolsWithoutTheirOwn() async throws {
            let task = TurnDial(Dial(1, 2))
            try await withPool(.test(1)) { before in
                SerializationHooks.register(DialHook.self)
                try await withPool(.test(1), profile: "after") { after in
                    let answer = try await after.mirai(task).value
                    #expect(answer.degrees == [2, 1])
                }
                try await withPool(.test(1).serializing(HandleHook.self), profile: "own") { own in
                    let error = try await failure(of: own.mirai(task))
                    #expect(error.code == .notSendable)
                }
                // It was made before.
                #expect(try await failure(of: before.mirai(task)).code == .notSendable)
            }
            // Where no pool is, they serve too.
            let json = try JSONEncoder().encode(task)
            #expect(try JSONDecoder().decode(TurnDial.self, from: json).dial == Dial(1, 2))
        }
    }
}
