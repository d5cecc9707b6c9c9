import HayateCore
import HayateLaunch
import HayateTransport
import Logging
import Synchronization

/// Daemons that were started once on other machines, and the ways there, which stay open until the pool is closed.
final class RemoteStarts: Sendable {
    private struct Start: Sendable {
        let machine: RemoteMachine
        /// The pool's directory there.
        let run: String
    }

    private struct State {
        var starts: [Start] = []
        /// How many machines have been counted, this pool's own ones not among them.
        var count = 0
        var isEnding = false
    }

    private let state = Mutex(State())
    private static let log = Logger(label: "hayate.remote")

    /// Starts so many daemons on one machine.
    func start(
        _ count: Int, on host: RemoteHost, _ orders: RemoteOrders, _ place: RemotePlace
    ) async throws(RemoteError) {
        let machine = RemoteMachine(host, by: place.connector, patience: place.patience)
        // Places that no machine of the pool's own has: these daemons are nobody's to replace.
        let number = state.withLock { state in
            state.count += 1
            return RemoteLaunch.mostHosts - 1 - state.count % (RemoteLaunch.mostHosts / 2)
        }
        let start = Start(machine: machine, run: "\(orders.run)-\(number)")
        do throws(RemoteError) {
            let connection = try await machine.connection()
            let words = try await orders.program.words(on: connection)
            let address = try await orders.address(of: machine, over: connection)
            let isKept = state.withLock { state in
                if !state.isEnding { state.starts.append(start) }
                return !state.isEnding
            }
            guard isKept else { throw RemoteError(host: host.description, .launch, "the pool is closed") }
            let launches = (0..<count).map { index in
                (number: RemoteLaunch(host: number, number: UInt64(index + 1)).rawValue, index: index)
            }
            let orders = orders.start(
                launches, in: start.run, words: words, address: address, areReplaced: false)
            let answer = await machine.run(script: RemoteScripts.start(orders), timeLimit: .seconds(30))
            guard !answer.succeeded else { return }
            let said = answer.errors.split(separator: "\n").last.map(String.init)
            throw RemoteError(host: host.description, .launch, said ?? "the script there ended badly")
        } catch {
            // What may have been started ends with the pool.
            if !state.withLock({ $0.starts.contains { $0.machine === machine } }) { await machine.close() }
            throw error
        }
    }

    /// Ends what was started, and closes the ways there.
    /// - Parameter all: also daemons; otherwise they do as they were told.
    func end(all: Bool) async {
        let starts = state.withLock { state in
            state.isEnding = true
            defer { state.starts = [] }
            return state.starts
        }
        await withTaskGroup(of: Void.self) { group in
            for start in starts {
                group.addTask {
                    if all { await Self.end(start) }
                    await start.machine.close()
                }
            }
        }
    }

    private static func end(_ start: Start) async {
        do throws(RemoteError) {
            _ = try await start.machine.connection(within: .seconds(5))
        } catch {
            log.warning("\(error.description); the daemons there leave by themselves when they miss this host")
            return
        }
        let script = RemoteScripts.close(start.run, polite: 40)
        guard await !start.machine.run(script: script, timeLimit: .seconds(15)).succeeded else { return }
        log.warning("\(start.machine.host): the daemons there could not be ended; they leave when they miss this host")
    }
}

extension Pool {
    /// Has daemons of this pool started on other machines, once.
    ///
    /// Returns when they have been started there; they join when they have dialled. They end with the pool.
    /// - Parameters:
    ///   - count: so many on a single machine; with several, one on each: their number, or 1.
    ///   - remote: see `sshConfig`.
    /// - Throws: `HayateError.launchFailed` with the reasons of all machines that failed, where the others' daemons
    ///   stay; `.invalidArgument`, `.notEntered`, `.closed`.
    public func launchRemote(_ count: Int = 1, remote: SSHConfiguration) async throws(HayateError) {
        try checkLaunching(count, startsThis: remote.command == nil)
        let place = remote.place
        let machines = try place.machines()
        guard !machines.isEmpty, remote.timeout > .zero else {
            throw HayateError(.invalidArgument, "sshConfig needs the name of a machine, and a timeout of more than zero")
        }
        let endpoint = listener.endpoint
        guard !endpoint.isLocalSocket else {
            throw HayateError(
                .invalidArgument,
                "\(url) is a socket of this machine: let the pool listen at \(place.endpoint)")
        }
        guard !remote.tunnel || endpoint.host == "127.0.0.1" else {
            throw HayateError(
                .invalidArgument,
                "a tunnel leads to this machine's loopback, and the pool listens at \(url): let it listen at "
                    + place.endpoint)
        }
        let shares = try remote.shares(of: count)
        guard count > 0 else { return }
        let orders = RemoteOrders(place, daemons, at: endpoint, security)
        let failures = await withTaskGroup(of: RemoteError?.self) { group in
            for (machine, share) in zip(machines, shares) {
                group.addTask { [remoteStarts] in
                    do throws(RemoteError) {
                        try await remoteStarts.start(share, on: machine, orders, place)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: [RemoteError]()) { if let error = $1 { $0.append(error) } }
        }
        dispatcher.expectDaemons()
        guard failures.isEmpty else {
            throw HayateError(.launchFailed, failures.map(\.description).sorted().joined(separator: "; "))
        }
    }
}
