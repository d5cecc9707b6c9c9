import Foundation

/// Keeps one line of progress at the bottom of a terminal. Does nothing where there is none.
struct ProgressDisplay: Sendable {
    /// At most ten drawings per second.
    static let interval = 0.1
    private let descriptor: Int32
    let isEnabled: Bool
    private var isDrawn = false
    private var lastDrawn = -Double.infinity

    /// - Parameter descriptor: where to draw, usually standard error.
    init(descriptor: Int32, isEnabled: Bool) {
        self.descriptor = descriptor
        self.isEnabled = isEnabled
    }

    /// Draws unless it did so less than a tenth of a second ago. Failures do not matter here.
    mutating func draw(_ snapshot: ProgressSnapshot) {
        guard isEnabled, snapshot.elapsed - lastDrawn >= Self.interval else { return }
        lastDrawn = snapshot.elapsed
        isDrawn = true
        // One column less than there is, or some terminals begin a new line.
        let line = ProgressLine.text(snapshot, width: Terminal.width(descriptor) - 1)
        emit("\r\(line)\u{1B}[K")
    }

    /// Takes the line away, so that other output can be written.
    mutating func clear() {
        guard isDrawn else { return }
        isDrawn = false
        emit("\r\u{1B}[K")
    }

    private func emit(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { writeAll($0, to: descriptor) }
    }
}

/// What a descriptor says of the terminal behind it.
enum Terminal {
    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Columns; 80 where it cannot be told.
    static func width(_ descriptor: Int32) -> Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return max(10, Int(size.ws_col))
    }
}
