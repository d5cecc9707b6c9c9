// The numbers that mirai and NNG give to errors, for those who know them or have to pass one on: an exit
// code, a column of a table.
extension HayateError.Code: CaseIterable {
    /// All codes there are.
    public static var allCases: [HayateError.Code] { Kind.allCases.map { HayateError.Code(kind: $0) } }

    /// The code's number: that of NNG's error list where the meaning is the same or next to it, from 100
    /// on otherwise. No two codes share one. See docs/errors.md for the table.
    public var number: Int {
        switch kind {
        case .interrupted: 1
        case .invalidArgument: 3
        case .timedOut: 5
        case .closed: 7
        case .queueFull: 8
        case .refused: 9
        case .notEntered: 11
        case .noSuchProfile: 12
        case .malformed: 13
        case .noDaemons: 14
        case .transport: 15
        case .poisoned: 18
        case .daemonLost: 19
        case .cancelled: 20
        case .notSendable: 30
        case .taskFailed: 100
        case .launchFailed: 101
        case .neededFailed: 102
        case .journalFull: 104
        case .journalFailed: 105
        case .noSession: 106
        }
    }

    /// The code with this number; nil if there is none.
    public init?(number: Int) {
        guard let code = Self.allCases.first(where: { $0.number == number }) else { return nil }
        self = code
    }
}
