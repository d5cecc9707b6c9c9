/// The names of Linux signals, as `kill -l` and manual pages write them.
public enum SignalName {
    /// The name of a signal, such as `SIGKILL`; `signal 40` where it has none of its own.
    public static func name(of number: Int32) -> String {
        guard number > 0, Int(number) < names.count else { return "signal \(number)" }
        return "SIG" + names[Int(number)]
    }

    /// The number of a signal named with or without `SIG`; `nil` for any other text.
    public static func number(named name: String) -> Int32? {
        let short = name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name
        guard !short.isEmpty, let index = names.firstIndex(of: short) else { return nil }
        return Int32(index)
    }

    /// By number, as on every architecture Swift runs on under Linux.
    private static let names = [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV",
        "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU",
        "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ]
}
