import Glibc

/// What clocks on walls show; for what is compared across processes, and never for deciding who is silent.
enum WallClock {
    /// Since 1970.
    static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
