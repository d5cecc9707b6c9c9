import Glibc
import HayateCore

extension Instant {
    /// Now, on the system's monotonic clock: the one clock of every shell around a pure core.
    public static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
