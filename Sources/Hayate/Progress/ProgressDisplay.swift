import Glibc

/// Keeps one line of progress at the bottom of a terminal. Does nothing where there is none.
package struct ProgressDisplay: Sendable {
    /// At most ten drawings per second.
    static let interval = 0.1
    private let descriptor: Int32
    package let isEnabled: Bool
    /// What stands before the line.
    private let label: String
    private var isDrawn = false
    private var lastDrawn = -Double.infinity

    /// - Parameter descriptor: where to draw, usually standard error.
    package init(descriptor: Int32, isEnabled: Bool, label: String = "") {
        self.descriptor = descriptor
        self.isEnabled = isEnabled
        self.label = label.isEmpty ? "" : label + "  "
    }

    /// Draws unless it did so less than a tenth of a second ago. Failures do not matter here.
    package mutating func draw(_ snapshot: ProgressSnapshot) {
        guard isEnabled, snapshot.elapsed - lastDrawn >= Self.interval else { return }
        lastDrawn = snapshot.elapsed
        isDrawn = true
        emit("\r\(line(snapshot))\u{1B}[K")
    }

    /// Draws for the last time, and lets the line stand.
    package mutating func finish(_ snapshot: ProgressSnapshot) {
        guard isEnabled else { return }
        isDrawn = false
        emit("\r\(line(snapshot))\u{1B}[K\n")
    }

    private func line(_ snapshot: ProgressSnapshot) -> String {
        // One column less than there is, or some terminals begin a new line.
        let width = Terminal.width(descriptor) - 1
        let label = label.prefix(width / 2)
        return label + ProgressLine.text(snapshot, width: width - label.count)
    }

    /// Takes the line away, so that other output can be written.
    package mutating func clear() {
        guard isDrawn else { return }
        isDrawn = false
        emit("\r\u{1B}[K")
    }

    private func emit(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { writeAll($0, to: descriptor) }
    }
}

/// What a descriptor says of the terminal behind it.
package enum Terminal {
    package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Columns; 80 where it cannot be told.
    package static func width(_ descriptor: Int32) -> Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return max(10, Int(size.ws_col))
    }
}
