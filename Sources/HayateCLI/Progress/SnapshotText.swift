import Hayate
import HayateView

/// A session as tables.
enum SnapshotText {
    static func lines(_ snapshot: SessionSnapshot, columns: Int) -> [String] { [] }
}
