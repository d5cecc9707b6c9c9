import Foundation

/// A terminal that is no device: what is typed into one end comes out at the other.
struct PseudoTerminal {
    /// The side of the person: read the screen, write keys.
    let master: Int32
    /// What the program opens.
    let name: String

    // TIOCSPTLCK and TIOCGPTN of Linux; unlockpt(3) and ptsname(3) are hidden from Swift.
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430

    init(columns: Int, rows: Int = 24) throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var locked: Int32 = 0
        var number: UInt32 = 0
        guard master >= 0, ioctl(master, Self.setLock, &locked) == 0,
            ioctl(master, Self.getNumber, &number) == 0
        else { throw ShellRun.CannotStart(reason: "there is no pseudo terminal") }
        name = "/dev/pts/\(number)"
        var size = winsize()
        size.ws_col = UInt16(columns)
        size.ws_row = UInt16(rows)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    /// The drawings between the carriage returns and line ends of a screen, without the codes that
    /// erase.
    static func drawings(on screen: String) -> [String] {
        // By scalars: a carriage return and a line feed are one Character.
        screen.replacingOccurrences(of: "\u{1B}[K", with: "").unicodeScalars
            .split { $0 == "\r" || $0 == "\n" }.map { String($0) }
    }
}
