import Glibc
import HayateCore
import HayateTransport

/// The whole of a daemon's life as a program.
public enum DaemonProgram {
    /// Exit code of a daemon that found no host: temporary failure, as in sysexits.h.
    public static let temporaryFailure: Int32 = 75

    /// Runs a daemon until it leaves. Blocks the calling thread.
    /// - Returns: the exit code that says why it left.
    public static func status(of options: DaemonOptions) -> Int32 {
        do {
            let runtime = try DaemonRuntime(options)
            if runtime.security.missing != nil {
                complain(
                    "there is no key for \(options.url) yet; waiting up to \(options.connectWithin.readable) for "
                        + "a host to publish it, or give it with --key-file")
            }
            let early = saysEarly(runtime, options)
            defer { TimerQueue.shared.cancel(early) }
            let (reason, refusal) = runtime.run()
            switch reason {
            case .dismissed, .hostLost, .warned:
                return 0
            case .neverConnected:
                complain(
                    "no host answered at \(options.url) within \(options.connectWithin.readable)"
                        + (runtime.security.missing.map { "; \($0)" }
                            ?? ": check that the host is running and that the address is right")
                        + (runtime.lastTrouble.map { " (the last try: \($0))" } ?? ""))
                return temporaryFailure
            case .refused:
                complain("the host at \(options.url) refused this daemon: \(refusal ?? "")")
                return 1
            }
        } catch {
            complain("\(error)")
            return 2
        }
    }

    /// In a batch job nobody sees more than its log, and that not for the ten minutes for which a daemon tries: after
    /// the first tries it says what stands in the way.
    private static func saysEarly(_ runtime: DaemonRuntime, _ options: DaemonOptions) -> TimerQueue.Timer {
        TimerQueue.shared.schedule(after: .seconds(12)) {
            guard let trouble = runtime.earlyTrouble else { return }
            complain(
                "no connection to \(options.url) yet (\(trouble)); trying for \(options.connectWithin.readable)")
        }
    }

    /// Runs a daemon and ends the process.
    public static func run(_ options: DaemonOptions) -> Never { exit(status(of: options)) }

    /// Whether this process was started as a daemon: the first argument is the marker.
    public static func isMarked(_ arguments: [String] = CommandLine.arguments) -> Bool {
        arguments.count > 1 && arguments[1] == DaemonOptions.marker
    }

    /// Runs the daemon, or the relay, as which this process was started, until it leaves. Blocks the calling thread.
    /// - Returns: the exit code.
    public static func statusOfMarked(_ arguments: [String] = CommandLine.arguments) -> Int32 {
        if arguments.dropFirst(2).first == RelayOptions.word {
            return RelayProgram.status(of: Array(arguments.dropFirst(3)))
        }
        do {
            return status(of: try DaemonOptions(arguments: Array(arguments.dropFirst(2))))
        } catch {
            complain("\(error)")
            return 2
        }
    }

    /// Runs a daemon if this process was started as one.
    public static func runIfMarked(_ arguments: [String] = CommandLine.arguments) {
        if isMarked(arguments) { exit(statusOfMarked(arguments)) }
    }

    /// Runs a daemon as this process's command line says.
    public static func runFromCommandLine() -> Never {
        if CommandLine.arguments.dropFirst().first == RelayOptions.word {
            exit(RelayProgram.status(of: Array(CommandLine.arguments.dropFirst(2))))
        }
        do {
            run(try DaemonOptions(arguments: Array(CommandLine.arguments.dropFirst())))
        } catch {
            complain("\(error)")
            exit(2)
        }
    }

    static func complain(_ text: String) {
        let line = Array("hayate: \(text)\n".utf8)
        _ = line.withUnsafeBytes { write(OutputCapture.complaints, $0.baseAddress, $0.count) }
    }
}
