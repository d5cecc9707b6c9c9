import ArgumentParser

/// `hayate session`: queues that outlive the terminal.
struct SessionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session",
        abstract: "Start, list and stop sessions.",
        discussion: """
            A session is a process of its own with daemons and a queue on disk. What is
            submitted to it runs on when the terminal is closed, and is found again when
            its process was killed or its machine has been started again.

              hayate session start -n 4
              hayate submit --name fits ./fit.py {} ::: *.csv
              hayate wait fits
              hayate results fits --output csv > fits.csv

            Any number of terminals of this machine can use it at the same time. The
            commands for what is in it are submit, wait, results, cancel, retry, logs and
            explain, and map with --session. Which session they mean is said by --session,
            by HAYATE_SESSION, or it is default, or the only one that runs.

            Everything is kept in $HAYATE_STATE/sessions/NAME, by default ~/.hayate, which
            only you can read.

            EXIT CODE
              0    done
              1    something that was waited for did not succeed
              2    wrong usage, or a session that cannot be used
              130  ended by Ctrl-C; the session goes on
            """,
        subcommands: [
            SessionStartCommand.self, SessionListCommand.self, SessionStatusCommand.self, SessionAttachCommand.self,
            SessionStopCommand.self, SessionRemoveCommand.self, SessionHostCommand.self,
        ])
}
