import CSystem
import Glibc
import HayateCore
import HayateDaemon
import HayateLaunch
import HayateTLS
import HayateTransport
import Synchronization

/// Starts and ends daemons as processes of this machine.
final class LocalLauncher: Sendable {
    private struct Launch {
        var process: LocalProcess?
        /// The memory file behind its standard error: it outlives the process.
        var errors: Int32
    }

    private struct State {
        var launches: [UInt64: Launch] = [:]
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// Whether nothing more is to be started.
        var isEnding = false
    }

    let executable: String
    let arguments: [String]
    let options: DaemonOptions
    let environment: [String: String]
    let output: TaskOutputWay
    /// What a daemon reads from its standard input first; nil: nothing.
    private let keyText: @Sendable () -> SecretBytes?
    private let state = Mutex(State())

    init(
        executable: String, arguments: [String], options: DaemonOptions,
        environment: [String: String], output: TaskOutputWay = .collected,
        keyText: @escaping @Sendable () -> SecretBytes? = { nil }
    ) {
        self.output = output
        self.keyText = keyText
        self.executable = executable
        self.arguments = arguments
        self.options = options
        // Whoever sets one of these wants another value.
        let defaults = DaemonOptions.startVariables.filter { getenv($0.key) == nil }
        self.environment = environment.merging(defaults) { own, _ in own }
    }

    /// Starts a daemon. `onEnd` is called once, when its process has ended and nothing that it started is
    /// left, with the tail of what it wrote to standard error outside of a task.
    func launch(
        _ number: UInt64, onEnd: @escaping @Sendable (ProcessExit, String) -> Void
    ) throws(HayateError) {
        let printed = hayate_output_file()
        let errors = hayate_output_file()
        guard printed >= 0, errors >= 0 else {
            throw HayateError(
                .launchFailed,
                "no memory file could be made for a daemon's output: " + String(cString: strerror(errno)))
        }
        defer { close(printed) }
        let input = try keyInput()
        defer { if let input { close(input) } }
        // Nobody would empty the memory files of a daemon that does not collect what is printed.
        let (standardOutput, standardError): (Int32?, Int32?) =
            switch output {
            case .collected where options.collectsOutput: (printed, errors)
            case .collected, .passedOn: (1, 2)
            case .discarded: (nil, nil)
            }
        var options = options
        options.launch = number
        let isEnding = state.withLock { state in
            if !state.isEnding { state.launches[number] = Launch(process: nil, errors: errors) }
            return state.isEnding
        }
        guard !isEnding else {
            close(errors)
            throw HayateError(.closed, "the pool is closed")
        }
        do {
            let process = try LocalProcess.spawn(
                executable: executable,
                arguments: arguments + [DaemonOptions.marker] + options.arguments,
                environment: .inherited(adding: environment), standardInput: input,
                standardOutput: standardOutput,
                standardError: standardError,
                onExit: { [self] exit in ended(number, exit, onEnd) })
            let isLate = state.withLock { state in
                state.launches[number]?.process = process
                return state.isEnding
            }
            // The pool was closed while it started: nobody else knows that it has to end.
            if isLate { process.send(signal: SIGKILL) }
        } catch {
            _ = remove(number)
            throw HayateError(.launchFailed, "a daemon could not be started: \(error)")
        }
    }

    /// A memory file with the key, which has no name and goes with its last descriptor.
    private func keyInput() throws(HayateError) -> Int32? {
        guard let text = keyText() else { return nil }
        let file = hayate_output_file()
        let written = file < 0 ? -1 : text.withBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
        guard written == text.count else {
            let reason = String(cString: strerror(errno))
            if file >= 0 { close(file) }
            throw HayateError(.launchFailed, "a daemon could not be given its key: \(reason)")
        }
        return file
    }

    /// Takes over a daemon of an earlier host, whose launch had this number.
    /// - Returns: whether it is there.
    func adopt(_ number: UInt64, process pid: Int32, onEnd: @escaping @Sendable () -> Void) -> Bool {
        let isNew = state.withLock { state in
            guard !state.isEnding, state.launches[number] == nil else { return false }
            state.launches[number] = Launch(process: nil, errors: -1)
            return true
        }
        guard isNew else { return false }
        let words = [DaemonOptions.marker, options.url, "--launch", String(number)]
        guard
            let process = LocalProcess.adopt(
                pid: pid, words: words, onExit: { [self] in
                    _ = remove(number)
                    onEnd()
                })
        else {
            _ = remove(number)
            return false
        }
        state.withLock { $0.launches[number]?.process = process }
        return true
    }

    private func ended(
        _ number: UInt64, _ exit: ProcessExit, _ onEnd: (ProcessExit, String) -> Void
    ) {
        onEnd(exit, remove(number))
    }

    /// Forgets a launch and returns its last words.
    private func remove(_ number: UInt64) -> String {
        let (launch, waiting) = state.withLock { state in
            let launch = state.launches.removeValue(forKey: number)
            guard state.launches.isEmpty else {
                return (launch, [CheckedContinuation<Void, Never>]())
            }
            defer { state.waiting.removeAll() }
            return (launch, state.waiting)
        }
        for waiter in waiting { waiter.resume() }
        guard let launch, launch.errors >= 0 else { return "" }
        defer { close(launch.errors) }
        var status = stat()
        guard fstat(launch.errors, &status) == 0, status.st_size > 0 else { return "" }
        // Enough for a message and the stack that Swift prints behind it.
        let size = min(Int(status.st_size), 16 << 10)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = max(
                0, pread(launch.errors, buffer.baseAddress, size, status.st_size - off_t(size)))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether this launch is the process with this id.
    func owns(_ number: UInt64, process: UInt32) -> Bool {
        state.withLock { state in
            guard let launch = state.launches[number] else { return false }
            // A daemon may say hello before `spawn` has returned here.
            return launch.process.map { UInt32($0.pid) == process } ?? true
        }
    }

    /// Ends one daemon at once.
    func kill(_ number: UInt64) {
        _ = state.withLock { $0.launches[number]?.process }?.send(signal: SIGKILL)
    }

    /// The process ids of the daemons that run.
    var processes: [Int32] {
        state.withLock { $0.launches.values.compactMap { $0.process?.pid } }
    }

    /// Starts nothing more. `polite` leave by themselves, and are ended if they have not within the
    /// grace; the others were never told, and are ended at once.
    @discardableResult
    func end(but polite: Set<UInt64>, grace: Duration) -> TimerQueue.Timer {
        let launches = state.withLock { state in
            state.isEnding = true
            return state.launches
        }
        for (number, launch) in launches where !polite.contains(number) {
            _ = launch.process?.send(signal: SIGKILL)
        }
        let processes = launches.values.compactMap(\.process)
        return TimerQueue.shared.schedule(after: grace) {
            for process in processes { process.send(signal: SIGKILL) }
        }
    }

    /// Starts nothing more, and leaves those alone that know what to do at the end of their pool; the
    /// others are ended at once.
    func letGo(but polite: Set<UInt64>) {
        let launches = state.withLock { state in
            state.isEnding = true
            return state.launches
        }
        for (number, launch) in launches where !polite.contains(number) {
            _ = launch.process?.send(signal: SIGKILL)
        }
    }

    /// The same as `end`, and waits until all have ended.
    func endAll(but polite: Set<UInt64>, grace: Duration) async {
        let timer = end(but: polite, grace: grace)
        defer { TimerQueue.shared.cancel(timer) }
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                guard !state.launches.isEmpty else { return true }
                state.waiting.append(continuation)
                return false
            }
            if isDone { continuation.resume() }
        }
    }
}
