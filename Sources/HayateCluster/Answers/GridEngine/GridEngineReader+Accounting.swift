extension GridEngineReader {
    public func readAccounting(_ answer: CommandAnswer) -> StatusAnswer {
        if let failure = answer.failureToRun { return .failed(failure) }
        guard answer.succeeded else {
            // Not yet in the file, or never started.
            let isAbsent = AnswerText.contains(answer.errors, "error: job ")
                && AnswerText.contains(answer.errors, " not found")
            return isAbsent ? .jobs([]) : .failed(answer.complaint)
        }
        var reports = ReportList()
        for record in Self.records(of: answer.output) {
            if let report = Self.report(of: record) { reports.add(report) }
        }
        return .jobs(reports.reports)
    }

    /// Blocks of `key value` behind lines of equal signs: one for each element, and for each of its starts.
    private static func records(of output: String) -> [[Substring: Substring]] {
        var records: [[Substring: Substring]] = []
        for line in AnswerText.lines(of: output) {
            if line.hasPrefix("=====") {
                records.append([:])
            } else if !records.isEmpty, let end = line.utf8.firstIndex(of: UInt8(ascii: " ")) {
                records[records.count - 1][line[..<end]] = AnswerText.trimmed(line[end...])
            }
        }
        return records
    }

    private static func report(of record: [Substring: Substring]) -> JobReport? {
        guard let id = record["jobnumber"], AnswerText.isDigits(id), let failed = record["failed"],
            let code = AnswerText.words(of: failed).first.flatMap({ AnswerText.number($0) }),
            let exit = record["exit_status"].flatMap({ AnswerText.words(of: $0).first })
                .flatMap({ AnswerText.number($0) }),
            let task = record["taskid"],
            // What comes last of what is read here: a record that was cut short tells of no end.
            record["maxvmem"] != nil
        else { return nil }
        var report = JobReport(JobID(String(id)), .unknown)
        if task != "undefined" {
            guard let index = AnswerText.number(task) else { return nil }
            report.elements = [index...index]
        }
        report.name = record["jobname"].map(String.init)
        if let host = record["hostname"], host != "UNKNOWN", !host.isEmpty { report.nodes = [String(host)] }
        if code != 0 { report.reason = "failed \(failed)" }
        (report.state, report.end) = end(failed: code, exit: exit, record)
        report.end?.node = report.nodes.first
        report.end?.message = report.reason
        return report
    }

    private static func end(
        failed: Int, exit: Int, _ record: [Substring: Substring]
    ) -> (JobState, JobEnd?) {
        if let deleter = record["deleted_by"], deleter != "NONE", !deleter.isEmpty {
            return (.cancelled, JobEnd(.cancelled(by: String(deleter))))
        }
        switch failed {
        case 0: return exit == 0 ? (.done, JobEnd(.completed)) : (.failed, JobEnd(.exited(code: exit)))
        case 24, 25:
            // Migrating, rescheduling: it starts again.
            return (.pending, nil)
        // Who watched over it has written nothing: it went with the host.
        case 19: return (.nodeFail, JobEnd(.nodeFailed))
        case 1...11, 21, 26...29, 31...36, 38: return (.failed, JobEnd(.notStarted))
        default: break
        }
        if hasReached("h_vmem", "maxvmem", record, by: bytes) { return (.outOfMemory, JobEnd(.outOfMemory)) }
        if failed == 37 || hasReached("h_rt", "ru_wallclock", record, by: seconds) {
            return (.timeout, JobEnd(.timeLimit))
        }
        switch exit {
        case 129...192: return (.failed, JobEnd(.signalled(number: exit - 128)))
        case 0: return (.failed, JobEnd(.unknown))
        default: return (.failed, JobEnd(.exited(code: exit)))
        }
    }

    /// Whether a job used as much as it had asked for: the records tell no limit from another signal.
    private static func hasReached(
        _ limit: String, _ use: Substring, _ record: [Substring: Substring], by amount: (Substring) -> Double?
    ) -> Bool {
        guard let category = record["category"], let value = AnswerText.after("\(limit)=", in: category),
            let most = amount(AnswerText.before(",", in: AnswerText.before(" ", in: value))), most > 0,
            let used = record[use].flatMap(amount)
        else { return false }
        return used >= most
    }

    /// `3s`, `3600`, `1:00:00`.
    private static func seconds(_ text: Substring) -> Double? {
        let parts = AnswerText.fields(of: text.hasSuffix("s") ? text.dropLast() : text, by: ":", atMost: 3)
        return parts.reduce(0.0) { sum, part in sum.flatMap { sum in Double(part).map { sum * 60 + $0 } } }
    }

    /// `3.551MB`, `4G`, `512M`, `0.000B`.
    private static func bytes(_ text: Substring) -> Double? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let value = Double(number) else { return nil }
        switch text.dropFirst(number.count).first {
        case "k": return value * 1e3
        case "K": return value * 1024
        case "m": return value * 1e6
        case "M": return value * 1_048_576
        case "g": return value * 1e9
        case "G": return value * 1_073_741_824
        case "t": return value * 1e12
        case "T": return value * 1_099_511_627_776
        default: return value
        }
    }
}
