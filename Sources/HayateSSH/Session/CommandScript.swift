import HayateCluster

/// Command lines as text for the shell of another machine.
enum CommandScript {
    /// What the user's shell there is given, whatever it is: reads a script to the end of standard input. It says its
    /// number first, which is that of its process group as well.
    static let readsAll = #"exec /bin/sh -c '\#(beginning) eval "$(cat)"'"#

    /// Reads a script of so many bytes; what follows in standard input is for the script. `dd` reads byte by byte, and
    /// so nothing of what follows.
    static func reads(_ count: Int) -> String {
        #"exec /bin/sh -c '\#(beginning) eval "$(dd bs=1 count=\#(count) 2>/dev/null)"'"#
    }

    /// Before the number, on a line of both outputs. What comes before it is of the start-up files of the user's shell.
    static let processPrefix = "hayate: process "

    private static let beginning = #"b="\#(processPrefix)$$"; echo "$b"; echo "$b" >&2; unset b;"#

    /// Ends a process group. Servers do not pass signals on to root, and old ones to nobody.
    static func ends(_ group: Int32, signal: String) -> String {
        "kill -s \(signal) -- -\(group) 2>/dev/null || kill -s \(signal) \(group) 2>/dev/null || :\n"
    }

    /// What a script says last, with code 127, if there is no such program.
    static let missing = "hayate: no such program"
    /// With code 126: it is there, and may not be run.
    static let notExecutable = "hayate: not a program"

    /// Within single quotes, which all shells of POSIX take as they are.
    static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    /// Why a line cannot be run at all; nil: it can.
    static func fault(in line: CommandLine) -> String? {
        guard let program = line.words.first, !program.isEmpty else {
            return "The command has no program; check the site's commands."
        }
        if line.words.contains(where: { $0.utf8.contains(0) }) {
            return "An argument of \(program) has a NUL byte in it; leave it out."
        }
        if line.standardInput?.utf8.contains(0) == true {
            return "What \(program) shall read has a NUL byte in it; leave it out."
        }
        for (name, value) in line.environment where !isName(name) || value.utf8.contains(0) {
            return "\"\(name)\" cannot be an environment variable of \(program) on another machine; use letters, "
                + "digits and _ in the name, and leave NUL bytes out."
        }
        return nil
    }

    /// Becomes the program, with the variables that the line asks for.
    static func script(for line: CommandLine) -> String {
        var lines: [String] = []
        let patterns = line.unset.map(pattern)
        if !patterns.isEmpty {
            // Lines of values that look like variables are among the names, and do no harm. Without `command`, a
            // variable that the shell does not let go would end it.
            lines.append(#"for n in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'); do case $n in"#)
            if !line.kept.isEmpty { lines.append("\(line.kept.map(quoted).joined(separator: "|"))) ;;") }
            lines.append("\(patterns.joined(separator: "|"))) command unset \"$n\" 2>/dev/null ;; esac; done")
        }
        lines.append("export LC_ALL=C")
        for (name, value) in line.environment.sorted(by: { $0.key < $1.key }) {
            lines.append("export \(name)=\(quoted(value))")
        }
        let program = quoted(line.words.first ?? "")
        let missing = "{ echo '\(missing)' >&2; exit 127; }"
        if line.words.first?.contains("/") == true {
            lines.append("[ -e \(program) ] || \(missing)")
            lines.append(
                "if [ -d \(program) ] || [ ! -x \(program) ]; then echo '\(notExecutable)' >&2; exit 126; fi")
        } else {
            lines.append("command -v -- \(program) >/dev/null 2>&1 || \(missing)")
        }
        lines.append("exec " + line.words.map(quoted).joined(separator: " "))
        return lines.joined(separator: "\n") + "\n"
    }

    private static func pattern(_ text: String) -> String {
        text.hasSuffix("*") ? (text.count > 1 ? quoted(String(text.dropLast())) : "") + "*" : quoted(text)
    }

    private static func isName(_ text: String) -> Bool {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let first = text.utf8.first, !digits.contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
