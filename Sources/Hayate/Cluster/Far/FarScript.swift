import HayateDaemon

/// Scripts for the machine with a far cluster's commands, and what they answer.
///
/// What they say stands behind a mark: the files that shells read at their start write things of their own.
struct FarScript: Sendable {
    let mark: String
    /// The run's directory there: absolute, or from the home directory.
    let directory: String

    init(directory: String) {
        self.directory = directory
        mark = "hayate-" + String(UInt64.random(in: .min ... .max), radix: 16)
    }

    private var place: String { ShellText.quoted(directory) }

    /// Makes the directory, and says who and where one is.
    var begin: String {
        """
        umask 077
        cd || exit 1
        home=$(pwd)
        mkdir -p \(place) && chmod 700 \(place) && cd \(place) && : >\(RelayOptions.leaseFile) || exit 1
        printf '\\n\(mark) user %s\\n\(mark) home %s\\n\(mark) directory %s\\n' "$(id -un)" "$home" "$(pwd)"

        """
    }

    /// Starts the relay if it is not there, and renews its lease.
    /// - Parameter words: the program with its options.
    func relay(_ words: [String]) -> String {
        """
        umask 077
        cd && cd \(place) || { printf '\\n\(mark) gone\\n'; exit 0; }
        : >>\(RelayOptions.leaseFile) && touch \(RelayOptions.leaseFile)
        line=$(\(ShellText.command(words)) </dev/null 2>relay.log &)
        case $line in
        relay\\ *) printf '\\n\(mark) %s\\n\(mark) node %s\\n' "$line" "$(uname -n)" ;;
        *) printf '\\n\(mark) fault %s\\n' "$(tail -n 1 relay.log)" ;;
        esac

        """
    }

    /// The ends of files, each behind its number.
    func tails(of files: [String]) -> String {
        var lines = ["cd || exit 1"]
        for (number, file) in files.enumerated() {
            lines.append("printf '\\n\(mark) tail \(number)\\n'; tail -c 2048 \(ShellText.quoted(file)) 2>/dev/null")
        }
        return lines.joined(separator: "\n") + "\nprintf '\\n\(mark) done\\n'\n"
    }

    /// What goes at a pool's end.
    enum Removal: Sendable {
        case everything
        /// Everything if no job has printed anything.
        case allButLogs
        /// Jobs are left.
        case secrets
    }

    /// Ends the relay and removes what is not needed any more; says `removed` or `kept`.
    func remove(_ removal: Removal) -> String {
        """
        cd && cd \(place) || { printf '\\n\(mark) removed\\n'; exit 0; }
        here=$(pwd)
        if read -r _ _ _ node process <relay && [ "$node" = "$(uname -n)" ] &&
            tr '\\0' ' ' <"/proc/$process/cmdline" | grep -qF -- "--directory $here "; then
            # The last words to daemons are still on their way through it.
            sleep 0.5
            kill "$process"
            for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
                kill -0 "$process" || break
                sleep 0.1
            done
        fi 2>/dev/null
        rm -f \(RelayOptions.keyFile) \(RelayOptions.leaseFile) relay relay.new relay.lock relay.log
        printed=
        for log in *.out; do [ ! -s "$log" ] || printed=yes; done
        \(Self.condition(removal)) && cd .. && rm -rf -- "$here" && printf '\\n\(mark) removed\\n' ||
            printf '\\n\(mark) kept\\n'

        """
    }

    private static func condition(_ removal: Removal) -> String {
        switch removal {
        case .everything: "true"
        case .allButLogs: "[ -z \"$printed\" ]"
        case .secrets: "false"
        }
    }

    /// What is said behind the mark, by its first word.
    func answers(in output: String) -> [(word: String, rest: String)] {
        output.split(separator: "\n").compactMap { line in
            guard line.hasPrefix(mark + " ") else { return nil }
            let parts = line.dropFirst(mark.utf8.count + 1).split(separator: " ", maxSplits: 1)
            return parts.first.map { (String($0), parts.count > 1 ? String(parts[1]) : "") }
        }
    }

    func answer(_ word: String, in output: String) -> String? {
        answers(in: output).first { $0.word == word }?.rest
    }
}
