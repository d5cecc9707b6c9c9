extension RemoteScripts {
    /// What starts daemons on one machine.
    struct Start: Sendable {
        var run: String
        /// Numbers of launches, each with the place of its daemon among all of the pool.
        var launches: [(number: UInt64, index: Int)]
        /// The program and its arguments, without the number of a launch. One may be `keyFileWord`.
        var words: [String]
        var environment: [String: String]
        /// The key file's text; nil: there is none.
        var key: String?
        /// How long an ended daemon's keeper waits for others before it takes the directory away, in seconds.
        var linger: Int
        /// Whether a daemon tells its number when it dials: a pool refuses one that is not on its list of launches.
        var tellsNumbers = true
    }

    /// The key is in the script's own text and goes from there to its file by a built-in command of the shell: it is
    /// no argument and no variable of any process.
    static func start(_ start: Start) -> String {
        var lines = [
            #"""
            umask 077
            run=\#(directory(of: start.run))
            mkdir -p "$run" || exit 1
            if [ ! -O "$run" ]; then echo "$run belongs to somebody else" >&2; exit 1; fi
            chmod 700 "$run" || exit 1
            """#
        ]
        if let key = start.key {
            lines.append("{")
            for line in key.split(separator: "\n") { lines.append("  echo " + ShellText.quoted(String(line))) }
            lines.append(#"} > "$run/key.new" && mv -f "$run/key.new" "$run/key" || exit 1"#)
        }
        lines.append(#"cat > "$run/keeper.new" <<'HAYATE_KEEPER' && mv -f "$run/keeper.new" "$run/keeper" || exit 1"#)
        lines.append(keeper + "HAYATE_KEEPER")
        for (name, value) in start.environment.sorted(by: { $0.key < $1.key }) {
            lines.append("export \(name)=\(ShellText.quoted(value))")
        }
        let words = start.words.map { $0 == keyFileWord ? #""$run/key""# : ShellText.quoted($0) }
        let command = #"sh "$run/keeper" "$run" "$1" \#(start.linger) \#(words.joined(separator: " "))"#
            + (start.tellsNumbers ? #" --launch "$1""# : "")
        let streams = #"</dev/null >"$run/$1.log" 2>&1 &"#
        lines.append(
            #"""
            start() {
              HAYATE_DAEMON_INDEX=$2
              export HAYATE_DAEMON_INDEX
              if command -v setsid >/dev/null 2>&1; then
                setsid \#(command) \#(streams)
              else
                \#(command) \#(streams)
              fi
            }
            """#)
        for launch in start.launches { lines.append("start \(launch.number) \(launch.index)") }
        lines.append(
            #"""
            tries=0
            for launch in \#(numbers(start.launches.map(\.number))); do
              until [ -f "$run/$launch.pid" ] || [ $tries -ge 100 ]; do
                tries=$((tries + 1))
                sleep 0.05 2>/dev/null || sleep 1
              done
              [ ! -f "$run/$launch.pid" ] || echo "hayate-daemon $launch started 0"
            done
            """#)
        return lines.joined(separator: "\n") + "\n"
    }
}
