/// What a daemon on another machine tells its host as the number of its launch.
///
/// Bit 61 is set and bit 62 is not, which tells it from those of local processes and of a scheduler's jobs; below it
/// the machine's place in the list in 20 bits, and the launch's number there in 40.
struct RemoteLaunch: Hashable, Sendable {
    var host: Int
    /// As the sizing of that machine counts.
    var number: UInt64

    static let mostHosts = 1 << 20
    private static let mark: UInt64 = 1 << 61
    private static let numbers: UInt64 = 1 << 40

    init(host: Int, number: UInt64) {
        self.host = host
        self.number = number
    }

    /// Nil for the number of another kind of launch.
    init?(_ rawValue: UInt64) {
        guard rawValue & Self.mark != 0, rawValue >> 62 == 0 else { return nil }
        host = Int((rawValue & (Self.mark - 1)) / Self.numbers)
        number = rawValue % Self.numbers
    }

    var rawValue: UInt64 { Self.mark | UInt64(host) * Self.numbers | number % Self.numbers }
}
