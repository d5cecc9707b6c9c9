import HayateCore
import HayateWire

/// What the next host must know of a task's past, as the journal keeps it.
struct DurableHistory: Codable, Equatable {
    var failures: UInt16
    var isAlone: Bool
    var losses: [LostDaemon]
    /// What it was given of its daemon, where it runs beside others.
    var grant: DurableResources?

    /// One loss that counts towards the poison limit.
    struct LostDaemon: Codable, Equatable {
        var name: String
        var attempt: UInt32
        /// How its process ended; nil where that is not known.
        var exitCode: Int32?
        var signal: Int32?
        var dumpedCore = false
        var isSilent = false

        init(_ loss: Loss, name: String) {
            self.name = name
            attempt = loss.attempt
            switch loss.reason {
            case .process(.exited(let code)): exitCode = code
            case .process(.signalled(let number, let dumped)):
                signal = number
                dumpedCore = dumped
            case .silent: isSilent = true
            case .disconnected, .unresponsive, .left, .reclaimed: break
            }
        }

        /// Others than these count for nothing and are not kept.
        var reason: LossReason {
            if let exitCode { return .process(.exited(code: exitCode)) }
            if let signal { return .process(.signalled(number: signal, coreDumped: dumpedCore)) }
            return isSilent ? .silent : .disconnected
        }
    }

    /// - Parameter name: what a daemon that is gone was called.
    init(_ progress: HayateCore.TaskProgress, name: (DaemonID) -> String) {
        failures = progress.failures
        isAlone = progress.isAlone
        losses = progress.losses.map { LostDaemon($0, name: name($0.daemon)) }
        grant = progress.grant.map { DurableResources($0) }
    }

    var isEmpty: Bool { failures == 0 && !isAlone && losses.isEmpty && grant == nil }

    /// Empty where there is nothing to know.
    func written() -> [UInt8] { isEmpty ? [] : (try? BinaryEncoder().encode(self)) ?? [] }

    /// nil if these bytes are none.
    init?(reading bytes: [UInt8]) {
        guard let read = try? BinaryDecoder().decode(DurableHistory.self, from: bytes) else { return nil }
        self = read
    }
}

/// What the next host must know of a daemon, as the journal keeps it.
struct DurableTerms: Codable, Equatable {
    var maximumTasks: UInt64?
    /// Nanoseconds.
    var idleTime: Int64?
    /// When it takes no task any more: seconds since 1970.
    var takesUntil: Double?
    var isReplaceable: Bool
    /// What it has for tasks that run beside each other.
    var resources: DurableResources?

    init(_ terms: DaemonTerms, wallClock: Double) {
        maximumTasks = terms.maximumTasks
        idleTime = terms.idleTime?.nanoseconds
        takesUntil = terms.wallTime.map { wallClock + Double($0.nanoseconds) / 1e9 }
        isReplaceable = terms.isReplaceable
        resources = terms.resources.map { DurableResources($0) }
    }

    func terms(wallClock: Double) -> DaemonTerms {
        DaemonTerms(
            maximumTasks: maximumTasks, idleTime: idleTime.map { .nanoseconds($0) },
            wallTime: takesUntil.map { .nanoseconds(Int64(max(0, min($0 - wallClock, 3e8)) * 1e9)) },
            isReplaceable: isReplaceable, resources: resources?.daemonResources)
    }

    func written() -> [UInt8] { (try? BinaryEncoder().encode(self)) ?? [] }

    init?(reading bytes: [UInt8]) {
        guard let read = try? BinaryDecoder().decode(DurableTerms.self, from: bytes) else { return nil }
        self = read
    }
}
