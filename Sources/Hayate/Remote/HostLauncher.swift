import HayateCore
import HayateLaunch
import HayateTransport
import Logging
import Synchronization

/// Starts a pool's daemons on one other machine, follows what becomes of them, and ends them.
///
/// `PoolSizing` decides how many there should be. Scripts run one after the other, each for all launches that need
/// it: a machine with many daemons costs no more commands than one with a single one.
final class HostLauncher: Sendable {
    enum Phase: Sendable {
        /// Nothing has been done there yet, or it shall be tried again.
        case wanted
        case preparing
        case ready(Readiness)
        /// It cannot be reached now; it is tried again when it can, or when the time has come.
        case unreachable(RemoteError, retry: Instant)
        /// Nothing will be started there.
        case failed(RemoteError)
    }

    struct Readiness: Sendable {
        /// The program there.
        var words: [String]
        /// Where daemons dial.
        var address: String
        /// Of the tunnel, if that is the way.
        var port: UInt16?
    }

    struct Launch: Sendable {
        /// A script has been told to start it.
        var wasStarted = false
        var hasArrived = false
        /// The dispatcher has forgotten it: what is left is to see its process end.
        var isDeparted = false
        /// It was ended because it had not dialled in in time.
        var isLate = false
        /// It is known to have ended.
        var isGone = false
        /// When to look at its process; nil while its connection says that it lives.
        var nextLook: Instant?
        var looks = 0
    }

    struct State {
        var phase = Phase.wanted
        var sizing: PoolSizing
        var target = 0
        /// By the numbers of the sizing.
        var launches: [UInt64: Launch] = [:]
        /// To be started, with the places of their daemons among all of the pool.
        var batch: [UInt64] = []
        var toEnd: Set<UInt64> = []
        var effects: [PoolSizing.Effect] = []
        var isWorking = false
        /// Whether the connection was rebuilt while something else was done.
        var wasRestored = false
        var isClosing = false
        /// The port there at which daemons of the session's last host dial, and how long it is waited for.
        var former: (port: UInt16, until: Instant)?
        /// Whether something may have been written there.
        var hasTouched = false
        /// Why the last daemon that could not join could not.
        var failure: RemoteError?
        var timer: TimerQueue.Timer?
        /// The end, once it has begun.
        var ending: Task<Void, Never>?
    }

    let index: Int
    let machine: RemoteMachine
    let orders: RemoteOrders
    let dispatcher: Dispatcher
    /// The pool's directory there.
    let run: String
    let state: Mutex<State>
    let stopped = RaceGate()
    /// What the launcher of all wants to hear: whether daemons may come from here has changed.
    private let changed: @Sendable () -> Void
    let nextIndex: @Sendable () -> Int
    /// Hears of the port there that leads to this host.
    let tunnelled: @Sendable (UInt16) -> Void
    static let log = Logger(label: "hayate.remote")

    var name: String { machine.host.description }

    init(
        _ index: Int, _ machine: RemoteMachine, _ orders: RemoteOrders, _ dispatcher: Dispatcher,
        limits: PoolSizing.Limits, nextIndex: @escaping @Sendable () -> Int,
        tunnelled: @escaping @Sendable (UInt16) -> Void, changed: @escaping @Sendable () -> Void
    ) {
        self.index = index
        self.machine = machine
        self.orders = orders
        self.dispatcher = dispatcher
        self.nextIndex = nextIndex
        self.tunnelled = tunnelled
        self.changed = changed
        run = "\(orders.run)-\(index)"
        state = Mutex(State(sizing: PoolSizing(limits: limits)))
        machine.whenRestored { [weak self] in self?.restored() }
        machine.whenBroken { [weak self] error in
            guard let self else { return }
            let reason = error?.reason ?? "the connection was closed"
            Self.log.warning("\(name): \(reason); it is opened again, and tasks go on")
        }
    }

    /// Goes on where the session's last host was. Before anything else.
    /// - Parameters:
    ///   - launches: those of its daemons that may come back.
    ///   - port: where they dial over there; nil: this host itself.
    func restore(_ launches: [UInt64], numbersAbove last: UInt64, port: UInt16?, lease: Duration) {
        state.withLock { state in
            // Those of which nobody has heard end with the pool, too.
            state.hasTouched = true
            state.former = port.map { ($0, Instant.now.advanced(by: lease.nanoseconds)) }
            for launch in launches {
                state.sizing.adopt(launch)
                state.launches[launch] = Launch(
                    wasStarted: true, hasArrived: true, nextLook: .now.advanced(by: 20_000_000_000))
            }
            state.sizing.number(above: last)
        }
    }

    func number(_ launch: UInt64) -> UInt64 { RemoteLaunch(host: index, number: launch).rawValue }

    /// Feeds an event and has carried out what follows.
    func step(_ event: (inout State) -> Void) {
        var surplus: [UInt64] = []
        var isOtherwise = false
        let starts = state.withLock { state -> Bool in
            guard !state.isClosing else { return false }
            let before = Self.isHopeless(state)
            event(&state)
            surplus = settle(&state)
            isOtherwise = Self.isHopeless(state) != before
            guard !state.isWorking, hasWork(&state) else { return false }
            state.isWorking = true
            return true
        }
        for launch in surplus {
            dispatcher.endLaunch(number(launch)) { [self] in
                step { if $0.launches[launch] != nil { $0.toEnd.insert(launch) } }
            }
        }
        if isOtherwise { changed() }
        if starts { Task { await work() } }
    }

    /// Under the lock: carries out what the sizing has decided, until there is nothing more.
    /// - Returns: the launches whose daemons are too many.
    private func settle(_ state: inout State) -> [UInt64] {
        var surplus: [UInt64] = []
        while !state.effects.isEmpty {
            let decided = state.effects
            state.effects.removeAll()
            for effect in decided {
                switch effect {
                case .launch(let launch):
                    state.launches[launch] = Launch()
                    state.batch.append(launch)
                case .end(let launch):
                    guard let index = state.batch.firstIndex(of: launch) else {
                        if state.sizing.isStarting(launch) { state.launches[launch]?.isLate = true }
                        surplus.append(launch)
                        continue
                    }
                    // Nobody has heard of it yet.
                    state.batch.remove(at: index)
                    state.launches[launch] = nil
                    state.sizing.ended(launch, at: .now, into: &state.effects)
                case .giveUp:
                    let reason = state.failure?.reason ?? "they end before they join"
                    Self.log.warning("\(self.name): no more daemons are started: \(reason)")
                }
            }
        }
        return surplus
    }
}
