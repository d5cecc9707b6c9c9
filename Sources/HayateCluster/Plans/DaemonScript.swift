/// The shell that an allocation runs: one daemon or several, each told which of the pool's it is.
public enum DaemonScript {
    /// Lines for the place of a job's command.
    ///
    /// All daemons run on the machine of the script. A signal of the scheduler reaches the shell, which hands it on
    /// and waits for them to end by themselves; the job's exit code is the first that was not 0.
    /// - Parameters:
    ///   - daemon: the daemon's program and arguments, quoted for a shell.
    ///   - submission: what the daemons belong to.
    public static func text(daemon: String, of submission: Submission, on scheduler: SchedulerKind) -> String {
        let facts = SchedulerFacts.of(scheduler)
        let count = submission.daemonsPerElement
        let first = DaemonLaunch(submission: submission.number, place: 0).number
        var lines: [String] = []
        if let elements = submission.elements {
            lines.append("hayate_first=$(( (\(facts.indexVariable) - \(elements.lowerBound)) * \(count) ))")
        } else {
            lines.append("hayate_first=0")
        }
        lines += [
            "hayate_daemons=",
            // The shell would end at the first of them, and its daemons with it. SIGCONT comes along with others.
            "trap 'for hayate_warned in $hayate_daemons; do kill -USR1 \"$hayate_warned\"; done 2>/dev/null' "
                + "TERM INT USR1 USR2 XCPU",
            "hayate_place=$hayate_first",
            "while [ \"$hayate_place\" -lt $(( hayate_first + \(count) )) ]; do",
            "    HAYATE_DAEMON_INDEX=$(( \(submission.firstDaemon) + hayate_place )) \\",
            "        \(daemon) --launch $(( \(first) + hayate_place )) &",
            "    hayate_daemons=\"$hayate_daemons $!\"",
            "    hayate_place=$(( hayate_place + 1 ))",
            "done",
            "hayate_status=0",
            "for hayate_daemon in $hayate_daemons; do",
            "    wait \"$hayate_daemon\"",
            "    hayate_ended=$?",
            // A signal to the shell ends `wait`, too.
            "    while [ $hayate_ended -gt 128 ] && kill -0 \"$hayate_daemon\" 2>/dev/null; do",
            "        wait \"$hayate_daemon\"",
            "        hayate_ended=$?",
            "    done",
            "    [ $hayate_status -ne 0 ] || hayate_status=$hayate_ended",
            "done",
            "(exit $hayate_status)",
        ]
        return lines.joined(separator: "\n")
    }
}
