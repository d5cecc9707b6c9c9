import Glibc

/// What the operating system itself takes: the floor that a benchmark compares with.
extension Floor {
    /// Starts `/bin/true` in our environment and waits for it, one after the other. Returns the seconds it took, or
    /// `nil` if one of them could not be started. For two at once, call it from two threads.
    static func posixSpawnLoop(count: Int) -> Double? {
        var begin = timespec()
        clock_gettime(CLOCK_MONOTONIC, &begin)
        guard let name = strdup("/bin/true") else { return nil }
        defer { free(name) }
        let arguments: [UnsafeMutablePointer<CChar>?] = [name, nil]
        for _ in 0..<count {
            var pid = pid_t()
            var status: Int32 = 0
            guard posix_spawn(&pid, name, nil, nil, arguments, environ) == 0,
                waitpid(pid, &status, 0) == pid
            else { return nil }
        }
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        return Double(end.tv_sec - begin.tv_sec) + Double(end.tv_nsec - begin.tv_nsec) / 1e9
    }
}
