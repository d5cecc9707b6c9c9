extension RemoteScripts {
    /// Tells of each launch whether its daemon lives, how it ended and what it said last, or that nothing is known of
    /// it. What has ended is forgotten there.
    static func look(at launches: [UInt64], of run: String) -> String {
        functions + #"""
            run=\#(directory(of: run))
            told() {
              code=137
              { read -r code < "$run/$1.exit"; } 2>/dev/null
              echo "hayate-daemon $1 ended $code"
              tail -n 8 "$run/$1.log" 2>/dev/null | sed "s/^[^ ]*\/keeper: [line ]*[0-9]*: //; s/^/hayate-says $1 /"
              # Its keeper may be the one that takes the directory away.
              if read_pids "$run/$1.pid" && is_alive "$keeper" "$keeper_born"; then
                mv -f "$run/$1.pid" "$run/$1.old"
              else
                rm -f "$run/$1.pid"
              fi
              rm -f "$run/$1.exit" "$run/$1.log"
            }
            for launch in \#(numbers(launches)); do
              if [ ! -f "$run/$launch.exit" ] && ! read_pids "$run/$launch.pid"; then
                echo "hayate-daemon $launch none"
                continue
              fi
              tries=0
              # What has just ended is written down at any moment.
              until [ -f "$run/$launch.exit" ] || is_alive "$daemon" "$daemon_born" \
                || ! is_alive "$keeper" "$keeper_born" || [ $tries -ge 20 ]; do
                tries=$((tries + 1))
                moment
              done
              if [ ! -f "$run/$launch.exit" ] && is_alive "$daemon" "$daemon_born"; then
                echo "hayate-daemon $launch alive $daemon"
              else
                told "$launch"
              fi
            done

            """#
    }

    /// Ends the daemons of these launches, and tells how they ended.
    static func end(_ launches: [UInt64], of run: String) -> String {
        functions + #"""
            run=\#(directory(of: run))
            cd "$run" 2>/dev/null || run=/nonexistent
            is_over() {
              for launch in \#(numbers(launches)); do
                read_pids "$launch.pid" && is_alive "$daemon" "$daemon_born" && return 1
              done
              return 0
            }
            send() {
              for launch in \#(numbers(launches)); do
                read_pids "$launch.pid" && is_alive "$daemon" "$daemon_born" && kill "-$1" "$daemon" 2>/dev/null
              done
            }
            send TERM
            send CONT
            await 20
            send KILL
            await 20

            """# + look(at: launches, of: run)
    }

    /// Ends everything of the pool there, and removes its directory.
    /// - Parameter polite: how long daemons that were told to leave may take, in tenths of a second.
    static func close(_ run: String, polite: Int) -> String {
        functions + #"""
            run=\#(directory(of: run))
            cd "$run" 2>/dev/null || exit 0
            is_over() {
              for file in *.pid *.old; do
                read_pids "$file" && is_alive "$daemon" "$daemon_born" && return 1
              done
              return 0
            }
            await \#(polite)
            for file in *.pid *.old; do
              read_pids "$file" && is_alive "$daemon" "$daemon_born" && kill -TERM "$daemon" 2>/dev/null
              kill -CONT "$daemon" 2>/dev/null
            done
            await 10
            for file in *.pid *.old; do
              read_pids "$file" || continue
              if is_alive "$daemon" "$daemon_born"; then kill -KILL "$daemon" 2>/dev/null; fi
              if is_alive "$keeper" "$keeper_born"; then
                kill -KILL "$keeper" 2>/dev/null
                kill_session "$keeper" "$keeper"
              fi
            done
            await 20
            cd /
            is_left=0
            mv "$run" "$run.gone" && rm -rf "$run.gone" || is_left=1
            rmdir "${run%/*}" 2>/dev/null && rmdir "${run%/hosts/*}" 2>/dev/null
            exit $is_left

            """#
    }
}
