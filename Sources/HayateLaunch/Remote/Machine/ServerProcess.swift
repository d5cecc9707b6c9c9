import HayateCluster

/// The process of the SSH server that serves a connection, as the other machine's `/proc` names it.
///
/// After a cut that the other side has not noticed it still listens where our tunnel ended, and holds the port.
struct ServerProcess: Hashable, Sendable {
    var pid: Int32
    /// In the clock ticks of its machine: tells it from a later process with the same number.
    var start: UInt64

    /// Tells which process serves this connection, after having ended the one that served the last.
    ///
    /// Only a process that is still the same and is a server's is ended. The shell's parent is the server, or the
    /// user's login shell whose parent it is.
    static func script(ending old: ServerProcess?) -> String {
        var lines = [
            #"""
            stat_of() {
              { IFS= read -r stat_line < "/proc/$1/stat"; } 2>/dev/null || return 1
              stat_name=${stat_line#*"("}; stat_name=${stat_name%")"*}
              set -- ${stat_line##*") "}
              stat_parent=$2
              shift 19
              stat_start=$1
            }
            """#
        ]
        if let old {
            lines.append(
                #"""
                is_old() { stat_of \#(old.pid) && [ "$stat_start" = \#(old.start) ] || return 1
                  case $stat_name in sshd*) ;; *) return 1 ;; esac; }
                for signal in TERM TERM TERM TERM KILL KILL; do
                  is_old || break
                  kill -$signal \#(old.pid) 2>/dev/null || break
                  sleep 0.3 2>/dev/null || sleep 1
                done
                """#)
        }
        lines.append(
            #"""
            server=$PPID
            for step in 1 2; do
              stat_of "$server" || break
              case $stat_name in sshd*) echo "hayate-server $server $stat_start"; break ;; esac
              server=$stat_parent
            done
            exit 0
            """#)
        return lines.joined(separator: "\n") + "\n"
    }

    /// - Returns: nil where the machine does not tell.
    static func read(_ output: String) -> ServerProcess? {
        for line in output.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 3, words[0] == "hayate-server", let pid = Int32(words[1]), pid > 1,
                let start = UInt64(words[2])
            else { continue }
            return ServerProcess(pid: pid, start: start)
        }
        return nil
    }
}
