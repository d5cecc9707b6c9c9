import Glibc

/// A row of the table of attacks, printed when the test that owns it has passed its checks: `scripts/test`
/// collects them.
func report(_ number: String, _ attack: String, _ figures: String) {
    let line = Array("| \(number) | \(attack) | \(figures) |\n".utf8)
    // In one piece: tests of one process print at the same time.
    _ = line.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
}
