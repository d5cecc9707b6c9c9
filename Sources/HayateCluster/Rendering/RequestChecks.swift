extension JobDependency {
    /// The ids of the jobs, as texts.
    ///
    /// - Throws: `ClusterError` for what cannot be an id and would become another condition.
    func checkedJobs() throws(ClusterError) -> [String] {
        guard !jobs.isEmpty else {
            throw ClusterError("a dependency (\(condition.rawValue)) names no job; give its id, or leave it out")
        }
        var ids: [String] = []
        for job in jobs {
            // Slurm answers with the cluster's name behind a semicolon, which is for commands alone.
            let id = String(job.text.unicodeScalars.prefix { $0 != ";" })
            guard PlainWord.isOne(id, or: "[]") else {
                throw ClusterError("dependencies name '\(job.text)', which is no job's id; write it as the scheduler answered")
            }
            ids.append(id)
        }
        return ids
    }
}

/// Names that are parts of longer values, whose signs they must not hold.
enum PlainWord {
    private static let scalars = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-".unicodeScalars)

    static func isOne(_ text: String, or further: String = "") -> Bool {
        !text.isEmpty && text.unicodeScalars.allSatisfy { scalars.contains($0) || further.unicodeScalars.contains($0) }
    }
}

extension WarningSignal {
    /// - Throws: `ClusterError` for what is no signal's name.
    func checkedName() throws(ClusterError) -> String {
        let isName = !name.isEmpty && name.utf8.allSatisfy {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        guard isName, !name.hasPrefix("SIG") else {
            throw ClusterError("the warning is '\(name)', which is no signal's name; write it without SIG, such as USR1")
        }
        return name
    }
}
