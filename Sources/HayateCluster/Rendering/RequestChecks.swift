extension JobDependency {
    /// The ids of the jobs, as texts.
    ///
    /// - Throws: `ClusterError` for what cannot be an id and would become another condition.
    func checkedJobs() throws(ClusterError) -> [String] {
        guard !jobs.isEmpty else {
            throw ClusterError("a dependency (\(condition.rawValue)) names no job; give its id, or leave it out")
        }
        for job in jobs {
            let isID = !job.text.isEmpty && job.text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil || "._-[];".unicodeScalars.contains($0))
            }
            guard isID else {
                throw ClusterError("dependencies name '\(job.text)', which is no job's id; write it as the scheduler answered")
            }
        }
        return jobs.map(\.text)
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
