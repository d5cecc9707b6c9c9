/// What PBS Pro and Torque have in common.
struct PBSFamily: Sendable {
    var words: CommandWords

    // Submission.

    static let phrases = SubmitPhrases(
        unclear: [
            "connection timed out", "end of file", "premature end of message", "batch protocol error",
            "communication failure", "protocol (asn.1) error", "connection reset",
        ],
        later: [
            "maximum number of jobs already in queue", "would exceed", "exceeds the queue limit",
            "exceeds the server limit",
            "cannot connect to", "could not connect to", "connection refused", "no default server",
            "server shutting down",
            "server is being shut down", "server busy", "temporarily unavailable", "queue is not enabled",
            "system error: connection", "number of jobs limit", "not started", "cannot allocate memory",
        ],
        final: ["would exceed per-job", "job exceeds"])

    func readSubmission(_ answer: CommandAnswer) -> SubmitAnswer {
        let lines = AnswerText.lines(of: answer.output).map { AnswerText.words(of: $0) }
        let ids = lines.reversed().filter { $0.count == 1 }.compactMap { PBSJobID($0[0]) }.filter { $0.element == nil }
        // Hooks print around it, also numbers: one with a server is surely an id.
        let id = ids.first { !$0.server.isEmpty } ?? ids.first
        return Self.phrases.answer(to: answer, naming: id?.job)
    }

    // Status.

    /// Whether all that went wrong is that some of the jobs have left the queue.
    func onlyMisses(_ answer: CommandAnswer) -> Bool {
        if answer.succeeded { return true }
        let lines = AnswerText.lines(of: answer.errors).filter { !AnswerText.trimmed($0).isEmpty }
        return !lines.isEmpty && lines.allSatisfy { Self.isMiss($0) }
    }

    static func isMiss(_ line: Substring) -> Bool {
        ["unknown job id", "unknown job array id", "job has finished", "nonexistent job id"]
            .contains { AnswerText.contains(line, $0) }
    }

    /// - Parameter report: of a job or an element, with its state and its end.
    func readStatus(
        _ answer: CommandAnswer, _ report: (PBSJobID, [String: String]) -> JobReport?
    ) -> StatusAnswer {
        if let failure = answer.failureToRun { return .failed(failure) }
        guard onlyMisses(answer) else { return .failed(answer.complaint) }
        let records = PBSRecords.read(answer.output).compactMap { record in
            PBSJobID(record["job id"] ?? "").map { (id: $0, record: record) }
        }
        // An array is told by its elements; by itself only where they are not listed.
        let listed = Set(records.filter { $0.id.element != nil }.map(\.id.job))
        var reports = ReportList()
        for (id, record) in records {
            let isArray = id.index != nil && id.element == nil
            if isArray, listed.contains(id.job) { continue }
            guard var read = report(id, record) else { continue }
            read.name = record["job_name"]
            read.nodes = Self.nodes(record["exec_host"] ?? "")
            read.end?.node = read.nodes.first
            if let element = id.element { read.elements = [element...element] }
            if isArray {
                // Of elements that have ended it tells nothing.
                let rest = record["array_indices_remaining"] ?? record["array_indices_submitted"]
                    ?? record["job_array_request"]
                guard !read.state.isEnd, let elements = rest.flatMap({ IndexRanges.read($0) }) else { continue }
                read.elements = elements
            }
            reports.add(read)
        }
        return .jobs(reports.reports)
    }

    /// `b141/0*16+b142/0*16`, `r2i4n13/0-23+r1i2n12/3`, `n1/0+n1/1`.
    static func nodes(_ text: String) -> [String] {
        var nodes: [String] = []
        for part in AnswerText.fields(of: text, by: "+", atMost: 4096) {
            let name = String(AnswerText.before("/", in: AnswerText.trimmed(part)))
            if !name.isEmpty, nodes.last != name, !nodes.contains(name) { nodes.append(name) }
        }
        return nodes
    }

    // Ends.

    /// Whether a job had used up its time or its memory when a signal ended it: often that is all there is to see of
    /// a limit.
    static func limit(in record: [String: String]) -> JobEnd.Reason? {
        if let used = seconds(record["resources_used.walltime"]), let most = seconds(record["resource_list.walltime"]),
            most > 0, used >= most
        {
            return .timeLimit
        }
        if let used = kibibytes(record["resources_used.mem"]), let most = kibibytes(record["resource_list.mem"]),
            most > 0,
            used >= most
        {
            return .outOfMemory
        }
        return nil
    }

    /// `job killed: walltime 7230 exceeded limit 7200`, `Job run at … and exceeded resource walltime`.
    static func limit(saidIn comment: String) -> JobEnd.Reason? {
        guard let rest = AnswerText.after("exceeded resource ", in: comment)
            ?? (AnswerText.contains(comment, "exceeded limit") ? AnswerText.after("job killed: ", in: comment) : nil)
        else { return nil }
        switch AnswerText.words(of: rest).first {
        case "walltime", "cput", "pcput": return .timeLimit
        case "mem", "vmem", "pmem", "pvmem": return .outOfMemory
        default: return nil
        }
    }

    private static func seconds(_ text: String?) -> Int? {
        guard let text else { return nil }
        return AnswerText.fields(of: text, by: ":", atMost: 3).reduce(0) { sum, part in
            guard let sum, let part = AnswerText.number(part), part < 1 << 32 else { return nil }
            return sum &* 60 &+ part
        }
    }

    private static func kibibytes(_ text: String?) -> Int? {
        guard let text else { return nil }
        let digits = text.utf8.prefix { AnswerText.isDigit($0) }
        guard let number = AnswerText.number(Substring(digits)), number < 1 << 40 else { return nil }
        switch text.dropFirst(digits.count).lowercased() {
        case "b", "": return number >> 10
        case "kb": return number
        case "mb": return number << 10
        case "gb": return number << 20
        default: return nil
        }
    }

    // By name.

    func search(for name: String, user: String) -> CommandLine {
        words.other("qselect", (user.isEmpty ? [] : ["-u", user]) + ["-N", name])
    }

    func readSearch(_ answer: CommandAnswer) -> SearchAnswer {
        if let failure = answer.failureToRun { return .failed(failure) }
        guard answer.succeeded else { return .failed(answer.complaint) }
        let id = AnswerText.lines(of: answer.output).lazy.compactMap { PBSJobID($0) }.first
        return id.map { .found($0.job) } ?? .absent
    }

    // Cancellation.

    func readCancellation(_ answer: CommandAnswer) -> String? {
        if let failure = answer.failureToRun { return failure }
        if answer.succeeded { return nil }
        let lines = AnswerText.lines(of: answer.errors).filter { !AnswerText.trimmed($0).isEmpty }
        let complaints = lines.filter { line in
            !Self.isMiss(line) && !AnswerText.contains(line, "request invalid for state of job")
        }
        if complaints.isEmpty, !lines.isEmpty { return nil }
        return AnswerText.sentence(complaints.joined(separator: "\n")) ?? answer.complaint
    }

    // Nodes.

    var nodeQuery: CommandLine { words.other("pbsnodes", ["-a"]) }

    /// The lines that are not indented.
    func readNodes(_ answer: CommandAnswer) -> [String] {
        guard answer.succeeded else { return [] }
        return AnswerText.lines(of: answer.output).filter { line in
            guard let first = line.utf8.first else { return false }
            return first > 32 && AnswerText.words(of: line).count == 1
        }.map { String(AnswerText.trimmed($0)) }
    }
}
