import HayateCluster
import HayateCore
import Synchronization
import Testing

@testable import HayateLaunch

@Suite("A machine that is worked on for a long time", .timeLimit(.minutes(1))) struct RemoteMachineTests {
    private let there = ScriptedMachine()

    private func machine(patience: Duration = .seconds(20)) -> RemoteMachine {
        var limits = ReconnectionPlan.Limits()
        limits.firstPause = .milliseconds(5)
        limits.longestPause = .milliseconds(20)
        return RemoteMachine(RemoteHost(host: "n1"), by: there, patience: patience, limits: limits)
    }

    private func error(_ step: RemoteError.Step, isTransient: Bool) -> RemoteError {
        RemoteError(host: "n1", step, "because", isTransient: isTransient)
    }

    @Test("All who need it share one connection, which is opened when the first does")
    func sharesOne() async throws {
        let machine = machine()
        #expect(there.connections.isEmpty)
        await withTaskGroup { group in
            for _ in 0..<20 { group.addTask { #expect(await machine.run(CommandLine(["true"])).succeeded) } }
        }
        #expect(there.connections.count == 1)
        await machine.close()
        #expect(there.connections[0].failure != nil)
    }

    @Test("Who waits gets the next connection after failures that pass, and the reason at once for one that does not")
    func transientAndFinal() async throws {
        there.state.withLock { $0.refusals = [error(.connect, isTransient: true), error(.connect, isTransient: true)] }
        let machine = machine()
        #expect(await machine.run(CommandLine(["true"])).succeeded)
        let lost = Mutex(0)
        machine.whenRestored { lost.withLock { $0 += 1 } }
        there.state.withLock { $0.refusals = [error(.hostKey, isTransient: false)] }
        there.connections[0].breakOff()
        await #expect(throws: error(.hostKey, isTransient: false)) { try await machine.connection() }
        let answer = await machine.run(CommandLine(["true"]))
        #expect(answer.end == .notStarted("n1: checking its key failed: because"))
        #expect(there.connections.count == 1)
        #expect(lost.withLock { $0 } == 0)
        await machine.close()
    }

    @Test("Who has no patience left gets the reason, and the machine is tried on")
    func patience() async throws {
        there.state.withLock { $0.refusals = Array(repeating: error(.connect, isTransient: true), count: 30) }
        let machine = machine(patience: .milliseconds(50))
        await #expect(throws: error(.connect, isTransient: true)) { try await machine.connection() }
        await withCheckedContinuation { continuation in
            let waiting = Mutex<CheckedContinuation<Void, Never>?>(continuation)
            machine.whenRestored { waiting.withLock { $0.take() }?.resume() }
        }
        #expect(there.connections.count == 1)
        await machine.close()
    }

    @Test("A command whose connection broke is not run again, and its answer is unclear")
    func brokenCommand() async throws {
        let machine = machine()
        _ = try await machine.connection()
        let first = there.connections[0]
        first.state.withLock { $0.isHolding = true }
        async let answer = machine.run(CommandLine(["sbatch"]))
        while first.state.withLock({ $0.waiting.isEmpty }) { await Task.yield() }
        first.breakOff()
        #expect(await answer.end == .timedOut)
        // The next one is there, and was not asked to.
        #expect(await machine.run(CommandLine(["squeue"])).succeeded)
        #expect(there.connections.map { $0.state.withLock { $0.commands } } == [["sbatch"], ["squeue"]])
        await machine.close()
    }

    @Test("A command that has certainly not begun is run on the next connection")
    func unbegunCommand() async throws {
        let machine = machine()
        _ = try await machine.connection()
        there.connections[0].state.withLock { $0.unbegun = 1 }
        #expect(await machine.run(CommandLine(["sbatch"])).succeeded)
        #expect(there.connections.map { $0.state.withLock { $0.commands } } == [[], ["sbatch"]])
        await machine.close()
    }

    @Test("A tunnel is opened again at its port, which the last server is made to give back")
    func tunnelsComeBack() async throws {
        let machine = machine()
        #expect(try await machine.tunnel(to: (host: "127.0.0.1", port: 5555)) == 40_000)
        there.state.withLock { $0.taken[40_000] = 3 }
        let restored = Mutex(0)
        machine.whenRestored { restored.withLock { $0 += 1 } }
        there.connections[0].breakOff()
        let next = try #require(try await machine.connection() as? ScriptedConnection)
        #expect(next.state.withLock { $0.ports } == [40_000])
        // The first tells who serves it, the second ends that one before.
        #expect(!there.connections[0].state.withLock { $0.scripts.joined() }.contains("4711"))
        #expect(next.state.withLock { $0.scripts.joined() }.contains("stat_of 4711"))
        #expect(machine.tunnelFailure(at: 40_000) == nil)
        while restored.withLock({ $0 }) == 0 { await Task.yield() }
        await machine.close()
    }

    @Test("A port that cannot be had again is said, and the connection works without")
    func lostPort() async throws {
        let machine = machine()
        let port = try await machine.tunnel(ports: [4000, 4001], to: (host: "127.0.0.1", port: 5555))
        #expect(port == 4000)
        there.state.withLock { $0.taken[4000] = .max }
        there.connections[0].breakOff()
        #expect(await machine.run(CommandLine(["true"])).succeeded)
        let failure = try #require(machine.tunnelFailure(at: 4000))
        #expect(failure.step == .tunnel)
        #expect(failure.reason == "port 4000 there cannot be had again: port 4000 is taken")
        // Another one can.
        #expect(try await machine.tunnel(ports: [4000, 4001], to: (host: "127.0.0.1", port: 5555)) == 4001)
        await machine.close()
    }

    @Test("Closing lets those go who wait, and a connection that comes late is closed")
    func closing() async throws {
        there.state.withLock { $0.isHanging = true }
        let machine = machine()
        async let answer = machine.run(CommandLine(["true"]))
        while machine.state.withLock({ $0.waiting.isEmpty }) { await Task.yield() }
        await machine.close()
        #expect(await answer.end == .notStarted("n1: connecting failed: the way to it was closed"))
        there.state.withLock { $0.isHanging = false }
        while there.connections.first?.failure == nil { await Task.yield() }
    }
}
