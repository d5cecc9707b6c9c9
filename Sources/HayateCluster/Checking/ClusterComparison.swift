import HayateCore

/// Compares what a profile says of a cluster with what its scheduler says.
public struct ClusterComparison: Sendable {
    /// By the profile.
    private let profile: ClusterProfile
    /// By the scheduler, as a file made from its answers has it.
    private let live: ClusterProfile
    private let path: String

    /// - Parameter name: the cluster's, for the remedies.
    public init(_ profile: ClusterProfile, to live: ClusterProfile, name: String) {
        self.profile = profile
        self.live = live
        path = "clusters.\(name)"
    }

    public func checks() -> [SiteCheck] { [queues()] + limits() + settings() }

    private func queues() -> SiteCheck {
        guard !live.queues.isEmpty else {
            return SiteCheck("queues", .skipped, "the scheduler does not name its queues")
        }
        let names = live.queues.keys.sorted()
        let wanted = Set(profile.queues.map { $0.value.name ?? $0.key }).sorted().filter { !$0.isEmpty }
        guard !wanted.isEmpty || !profile.queues.isEmpty else {
            return SiteCheck(
                "queues", .warning, "the profile names none; the scheduler has \(names.joined(separator: ", "))",
                remedy: "write them and their limits under \(path).queues ('hayate site generate' does), so that a job "
                    + "that fits none is told before it is submitted")
        }
        let missing = wanted.filter { live.queues[$0] == nil }
        guard let first = missing.first else {
            return SiteCheck(
                "queues", .ok,
                wanted.isEmpty
                    ? "jobs name none, and the "
                        + "scheduler chooses" : "the scheduler has \(wanted.joined(separator: ", "))")
        }
        let guess = nearestName(to: first, among: names).map { "did you mean '\($0)'? " } ?? ""
        return SiteCheck(
            "queues", .failed,
            "the scheduler shows no \(missing.joined(separator: ", ")); it has \(names.joined(separator: ", "))",
            remedy: "\(guess)Correct \(path).queues, or ask whether you may see the queue")
    }

    private func limits() -> [SiteCheck] {
        var checks: [SiteCheck] = []
        var good = 0
        for (name, mine) in profile.queues.sorted(by: { $0.key < $1.key }) {
            guard let theirs = live.queues[mine.name ?? name] else { continue }
            var faults: [String] = []
            func compare<Value: Comparable>(_ what: String, _ mine: Value?, _ theirs: Value?, _ text: (Value) -> String)
            {
                guard let theirs else { return }
                if let mine, mine > theirs {
                    faults.append(
                        "\(what) is \(text(mine)), and the scheduler's "
                            + "\(text(theirs))")
                }
            }
            compare("maxWalltime", mine.maxWallTime, theirs.maxWallTime) { $0.withUnits }
            compare("maxCpus", mine.maxCPUs, theirs.maxCPUs) { "\($0)" }
            compare("maxMemory", mine.maxMemory, theirs.maxMemory) { $0.description }
            compare("maxNodes", mine.maxNodes, theirs.maxNodes) { "\($0)" }
            compare("maxGpus", mine.maxGPUs, theirs.maxGPUs) { "\($0)" }
            if faults.isEmpty {
                good += 1
            } else {
                checks.append(
                    SiteCheck(
                        "limits of \(name)", .failed, faults.joined(separator: "; "),
                        remedy: "lower them at \(path).queues.\(name): such jobs would be refused, or wait for ever"))
            }
        }
        if good > 0 {
            checks.insert(
                SiteCheck(
                    "limits", .ok,
                    "those of \(good) queue\(good == 1 ? " are" : "s are") within the "
                        + "scheduler's"), at: 0)
        }
        return checks
    }

    private func settings() -> [SiteCheck] {
        var checks: [SiteCheck] = []
        let facts = profile.facts
        if let theirs = live.submission.mostElements {
            let mine = profile.submission.mostElements ?? facts.mostElements
            checks.append(
                mine <= theirs
                    ? SiteCheck("arrays", .ok, "\(mine) elements, and the scheduler takes \(theirs)")
                    : SiteCheck(
                        "arrays", .failed, "up to \(mine) elements, but the scheduler takes \(theirs)",
                        remedy: "write \(path).submission.maxArraySize: \(theirs)"))
        }
        if live.commands.accounting != nil, profile.commands.accounting == nil, facts.accountingCommand != nil {
            checks.append(
                SiteCheck(
                    "accounting", .warning, "the scheduler keeps none that \(facts.accountingCommand ?? "") could show",
                    remedy: "write \(path).commands.accounting: "
                        + "[\((live.commands.accounting ?? []).joined(separator: ", "))]"))
        }
        if let environment = profile.parallelEnvironment.name, let theirs = live.parallelEnvironment.name,
            environment != theirs
        {
            checks.append(
                SiteCheck(
                    "processors", .warning,
                    "the parallel environment \(environment) is named, and the one that gives slots of one machine in "
                        + "most queues is \(theirs)",
                    remedy: "look at 'qconf -sp \(environment)': its allocation_rule should be $pe_slots"))
        }
        return checks
    }
}

extension SiteCheck {
    /// Whether a request's account is among those that the scheduler tells.
    public static func account(_ account: String?, among known: [String], required: Bool, path: String) -> SiteCheck {
        guard let account else {
            return required
                ? SiteCheck(
                    "account", .failed, "jobs must name one, and none is known",
                    remedy: known.isEmpty
                        ? "write \(path).defaults.account"
                        : "write \(path).defaults.account: "
                            + "\(known[0]), one of \(known.joined(separator: ", "))")
                : SiteCheck("account", .ok, "none is named, and the scheduler takes its default")
        }
        if known.isEmpty {
            return SiteCheck(
                "account", .skipped,
                "the scheduler does not tell whether there is "
                    + "\(account)")
        }
        return known.contains(account)
            ? SiteCheck("account", .ok, "\(account) is yours")
            : SiteCheck(
                "account", .failed, "'\(account)' is none of yours: they are \(known.joined(separator: ", "))",
                remedy: "write one of them at \(path).defaults.account, or set the variable that it comes from")
    }

    /// How far a clock is from this machine's, in seconds.
    public static func clock(_ name: String, of place: String, seconds: Int64) -> SiteCheck {
        let size = seconds.magnitude
        guard size > 5 else { return SiteCheck(name, .ok, "that of \(place) agrees with this machine's") }
        return SiteCheck(
            name, size > 300 ? .failed : .warning,
            "that of \(place) is \(size) s \(seconds > 0 ? "ahead of" : "behind") this machine's",
            remedy: "ask the administrator to set the clocks (NTP): certificates and the times of the accounting are "
                + "read by them")
    }
}
