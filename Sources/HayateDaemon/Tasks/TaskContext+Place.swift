import Synchronization

extension TaskContext {
    private static let isDaemonProcess = Atomic<Bool>(false)
    /// Whether this Swift task runs as a task of a daemon that is a guest in its host's process.
    @TaskLocal static var isGuest = false

    /// This process is a daemon from now on.
    static func becomeDaemon() { isDaemonProcess.store(true, ordering: .relaxed) }

    /// Whether this code runs as part of a task: in a daemon's process, or in the host's own process where
    /// the pool is synchronous. Elsewhere in the host it is false.
    public static var isOnDaemon: Bool { isDaemonProcess.load(ordering: .relaxed) || isGuest }
}
