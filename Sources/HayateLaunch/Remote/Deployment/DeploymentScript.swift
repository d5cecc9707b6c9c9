/// What is asked of another machine, in the language of `/bin/sh` alone: whatever else it has is used where it is
/// there. Answers are lines behind a mark that nothing else prints, so that greetings around them do not count.
struct DeploymentScript {
    let mark: String
    let text: String

    init(_ body: String, _ variables: [(String, String)]) {
        var random = SystemRandomNumberGenerator()
        mark = "hayate-" + String(random.next() | 1 << 63, radix: 16)
        let values = (variables + [("mark", mark)]).map { "\($0.0)=\(Self.word($0.1))\n" }.joined()
        text = values + Self.prelude + body + "say end\n"
    }

    /// One word in single quotes, in which a shell expands nothing.
    static func word(_ text: String) -> String {
        var word = "'"
        for scalar in text.unicodeScalars {
            if scalar == "'" { word += "'\\''" } else { word.unicodeScalars.append(scalar) }
        }
        return word + "'"
    }

    /// Nothing may read standard input: that is where the rest of the script comes from.
    private static let prelude = #"""
        LC_ALL=C; export LC_ALL; umask 077; line_end='
        '
        say() { printf '%s %s %s\n' "$mark" "$1" "${2-}"; }
        has() { for tool; do command -v "$tool" >/dev/null 2>&1 || return 1; done; }
        first_line() { printf '%s' "${1%%"$line_end"*}"; }
        fault() { say fault "$(first_line "$1")"; say end; exit 0; }
        printf '\n'

        """#

    /// What the machine is, whether it could run the program, and whether it has it already.
    static func probe(_ program: LocalProgram) -> DeploymentScript {
        let processor = program.needs.processor.name ?? ""
        var directories = program.needs.libraryDirectories
        if let interpreter = program.needs.interpreter, let slash = interpreter.lastIndex(of: "/") {
            directories.append(String(interpreter[..<slash]))
        }
        directories += ["/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64"]
        directories += ["/lib/\(processor)-linux-gnu", "/usr/lib/\(processor)-linux-gnu"]
        let body = machine
            + libraries(program.needs.libraries, in: directories)
            + cache
        return DeploymentScript(
            body, [
                ("interpreter", program.needs.interpreter ?? ""), ("digest", program.digest),
                ("version", String(program.digest.prefix(32))), ("name", program.name),
            ])
    }

    /// Where there is no program `uname`, the kernel says the same in its files.
    private static let machine = #"""
        system= processor= libc=
        if has uname; then
          system=$(uname -s) processor=$(uname -m)
        else
          [ ! -r /proc/sys/kernel/ostype ] || read -r system </proc/sys/kernel/ostype
          [ ! -r /proc/sys/kernel/arch ] || read -r processor </proc/sys/kernel/arch
        fi
        say system "$system"
        say processor "$processor"
        [ -z "$interpreter" ] || [ -e "$interpreter" ] || say no-interpreter
        for file in /lib/ld-musl-*; do [ ! -e "$file" ] || say musl; break; done
        ! has getconf || libc=$(getconf GNU_LIBC_VERSION 2>/dev/null </dev/null)
        if [ -z "$libc" ] && has ldd; then
          libc=$(ldd --version 2>/dev/null </dev/null)
          case $libc in *GLIBC*|*"GNU libc"*) ;; *) libc= ;; esac
        fi
        # The C library says its version when it is started as a program.
        if [ -z "$libc" ] && [ -n "$interpreter" ] && [ -x "$interpreter" ]; then
          for file in "${interpreter%/*}" /lib/*-linux-gnu /lib64 /usr/lib64 /lib /usr/lib; do
            [ -z "$libc" ] && [ -e "$file/libc.so.6" ] || continue
            libc=$("$interpreter" "$file/libc.so.6" 2>/dev/null </dev/null)
          done
        fi
        say libc "$(first_line "$libc")"

        """#

    private static func libraries(_ names: [String], in directories: [String]) -> String {
        guard !names.isEmpty else { return "" }
        return #"""
            known=$(ldconfig -p 2>/dev/null </dev/null || /sbin/ldconfig -p 2>/dev/null </dev/null)
            find_library() {
              IFS=:
              set -f
              for directory in ${LD_LIBRARY_PATH-} \#(directories.map { word($0) }.joined(separator: " ")); do
                [ ! -e "$directory/$1" ] || return 0
              done
              case $known in *"$1 "*) return 0 ;; esac
              return 1
            }
            for library in \#(names.map { word($0) }.joined(separator: " ")); do
              (find_library "$library") || say no-library "$library"
            done

            """#
    }

    /// Where programs are kept: a directory for each version, which only the user can enter. A machine without the
    /// usual programs cannot make directories; there it is a file in the home directory.
    private static let cache = #"""
        case ${HOME-} in
        /*) ;;
        *) fault "its login sets no HOME: set one, or name a program that is installed there" ;;
        esac
        case ${XDG_CACHE_HOME-} in
        /*) base=$XDG_CACHE_HOME/hayate ;;
        *) base=$HOME/.cache/hayate ;;
        esac
        case $base in *"$line_end"*) fault "the name of its home directory holds a line break" ;; esac
        has sha256sum && sums=yes || sums=no
        say sums "$sums"
        if has mkdir chmod mv rm touch; then
          directory=$base/$version
          file=$directory/$name
          answer=$(mkdir -p "$directory" 2>&1 && chmod 700 "$base" "$directory" 2>&1) ||
            fault "no directory can be made for it ($(first_line "$answer")): make its home directory writable, or set \
        XDG_CACHE_HOME there"
          [ -O "$directory" ] || fault "$directory belongs to somebody else: remove it, or set XDG_CACHE_HOME there"
          trial=$directory/.$mark
          if (printf '#!/bin/sh\nexit 0\n' >"$trial") 2>/dev/null && chmod 700 "$trial"; then
            "$trial" >/dev/null 2>&1 </dev/null || say noexec "$directory"
          else
            fault "nothing can be written into $directory: is the disk full, or the quota used up?"
          fi
          rm -f "$trial"
          if has df; then
            free=$(df -P -k "$directory" 2>/dev/null </dev/null | {
              read -r line
              read -r line line line free line
              printf '%s' "$free"
            })
            say free "$free"
          fi
        else
          say bare
          base=$HOME
          file=$HOME/.hayate-$version
        fi
        say file "$file"
        if [ -f "$file" ] && [ ! -h "$file" ]; then
          if [ "$sums" = no ]; then
            say present
          else
            case $(sha256sum <"$file") in
            "$digest"*) say same; ! has touch chmod || { chmod 700 "$file"; touch "${file%/*}"; } ;;
            esac
          fi
        fi

        """#
}
