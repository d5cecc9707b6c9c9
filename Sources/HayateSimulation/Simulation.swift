/// Runs of many worlds.
public enum Simulation {
    /// The seeds of a text with one a line; what follows a `#` is a remark.
    public static func seeds(in text: String) -> [UInt64] {
        text.split(separator: "\n").compactMap { line in
            let number = line.prefix { $0 != "#" }.filter { !$0.isWhitespace }
            return UInt64(number)
        }
    }

    /// What many worlds amount to.
    public struct Total: Sendable {
        public var worlds = 0
        public var events = 0
        public var tasks = 0
        public var failure: Report?
        var injected = World.Injected()

        public init() {}

        public mutating func add(_ report: Report) {
            worlds += 1
            events += report.events
            tasks += report.tasks
            injected.add(report.injected)
            if report.violation != nil, failure == nil { failure = report }
        }

        /// Faults put in, by kind.
        public var faults: String {
            let all = injected
            return """
                \(all.cuts) cuts, \(all.blackholes) silent connections, \(all.stalls) stalls, \
                \(all.dropped) frames dropped, \(all.duplicated) frames doubled, \
                \(all.crashes) crashes, \(all.poisonings) poisonings, \(all.freezes) freezes, \
                \(all.hostFreezes) host freezes, \(all.hostRestarts) host restarts, \
                \(all.hostKills) hosts with journals killed, \(all.needy) tasks that need others, \
                \(all.cancels) cancels; \(all.children) children, \(all.helped) of them helped; \
                \(all.warnings) warnings of the end; \
                \(all.handshakes) TLS handshakes, \(all.resumed) of them with tickets, \
                \(all.strangers) strangers, \(all.damaged) damaged bytes
                """
        }
    }
}

extension World.Injected {
    mutating func add(_ other: Self) {
        cuts += other.cuts
        blackholes += other.blackholes
        stalls += other.stalls
        dropped += other.dropped
        duplicated += other.duplicated
        crashes += other.crashes
        poisonings += other.poisonings
        freezes += other.freezes
        hostFreezes += other.hostFreezes
        hostRestarts += other.hostRestarts
        hostKills += other.hostKills
        needy += other.needy
        cancels += other.cancels
        children += other.children
        helped += other.helped
        warnings += other.warnings
        handshakes += other.handshakes
        resumed += other.resumed
        strangers += other.strangers
        refused += other.refused
        damaged += other.damaged
    }
}
