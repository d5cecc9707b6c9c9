/// Scripts for `/bin/sh` of other machines that start, look at and end the daemons of one pool there.
///
/// Everything is in the pool's directory of that machine, of mode 0700, which goes when the last daemon has ended:
/// `key`; `keeper`, the shell around each daemon; and for each launch `N.pid` (keeper and daemon, each with its start
/// time), `N.log` (what it says) and `N.exit` (its exit code); `N.old` is that of one whose end has been told.
enum RemoteScripts {
    /// The directory, as a word of a shell.
    /// - Parameter run: letters, digits, `-` and `.`.
    static func directory(of run: String) -> String { #"${HAYATE_STATE:-$HOME/.hayate}/hosts/"# + run }

    /// What a word of the daemon's command stands for that is the path of its key.
    static let keyFileWord = "\u{1}key"

    /// What the scripts have in common: how processes are told apart, by number and start time.
    static let functions = #"""
        # Sets state, session and born of a process; fails if it is not there.
        look_at() {
          if [ ! -r "/proc/$$/stat" ]; then
            kill -0 "$1" 2>/dev/null || return 1
            state=S session=0 born=0
            return 0
          fi
          { IFS= read -r stat_line < "/proc/$1/stat"; } 2>/dev/null || return 1
          set -- ${stat_line##*") "}
          state=$1 session=$4
          shift 19 2>/dev/null || return 1
          born=$1
        }
        is_alive() {
          look_at "$1" && [ "$born" = "$2" ] && [ "$state" != Z ] && [ "$state" != X ]
        }
        # Kills a session but for one process.
        kill_session() {
          for entry in /proc/[0-9]*; do
            pid=${entry#/proc/}
            [ "$pid" != "$2" ] && look_at "$pid" && [ "$session" = "$1" ] && kill -KILL "$pid" 2>/dev/null
          done
          return 0
        }
        moment() { sleep 0.1 2>/dev/null || { sleep 1; tries=$((tries + 9)); }; }
        read_pids() { { read -r keeper keeper_born daemon daemon_born < "$1"; } 2>/dev/null; }
        # Until is_over, which the script has, or so many tenths of a second are over.
        await() {
          tries=0
          until is_over || [ $tries -ge "$1" ]; do
            tries=$((tries + 1))
            moment
          done
        }

        """#

    /// The shell around a daemon: records its end, ends what is left of its session, and takes the directory away when
    /// nobody has needed it for a while.
    static let keeper = functions + #"""
        run=$1 launch=$2 rest=$3
        shift 3
        trap '' HUP
        trap : TERM INT USR1 USR2
        "$@" &
        daemon=$!
        daemon_born=0
        look_at "$daemon" && daemon_born=$born
        look_at "$$"
        echo "$$ $born $daemon $daemon_born" > "$run/$launch.new" && mv -f "$run/$launch.new" "$run/$launch.pid"
        wait "$daemon"
        code=$?
        # A signal to the shell ends `wait`, too.
        while [ $code -gt 128 ] && is_alive "$daemon" "$daemon_born"; do
          wait "$daemon"
          code=$?
        done
        kill_session "$$" "$$"
        echo "$code" > "$run/$launch.new" && mv -f "$run/$launch.new" "$run/$launch.exit"
        is_needed() {
          for file in "$run"/*.pid; do
            [ -f "$file" ] && [ ! -f "${file%.pid}.exit" ] && read_pids "$file" || continue
            [ "$keeper" != "$$" ] && is_alive "$keeper" "$keeper_born" && return 0
          done
          return 1
        }
        until is_needed; do
          [ -d "$run" ] || exit 0
          if [ "$rest" -le 0 ]; then
            mv "$run" "$run.gone" && rm -rf "$run.gone"
            rmdir "${run%/*}" 2>/dev/null && rmdir "${run%/hosts/*}" 2>/dev/null
            exit 0
          fi
          rest=$((rest - 1))
          sleep 1
        done
        rm -f "$run/$launch.old"
        exit 0

        """#

    static func numbers(_ launches: [UInt64]) -> String { launches.map(String.init).joined(separator: " ") }
}
