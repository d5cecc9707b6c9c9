// Answers of schedulers: any bytes are read without a trap, and no job ends, or appears at all, that they do not name.

#if canImport(Glibc)
import Glibc
#endif
import HayateCore

private let kinds = SchedulerKind.allCases.filter { ClusterProfile($0).answerReader != nil }
private let readers: [any AnswerReader] = kinds.compactMap { ClusterProfile($0).answerReader }

/// Words of which one is there when a job has ended.
private let endWords: [SchedulerKind: [String]] = [
    .slurm: [
        "COMPLETED", "CD", "FAIL", "F", "NF", "OUT_OF_MEMORY", "OOM", "PREEMPTED", "PR", "CA", "REVOKED", "RV",
        "TIMEOUT", "TO", "DEADLINE", "DL",
    ],
    .gridEngine: ["exit_status"], .pbsPro: ["job_state"], .torque: ["job_state", "exit_status="],
    .lsf: ["DONE", "EXIT", "Done successfully", "Completed <", "Exited"],
]

/// Two bytes for scheduler and exit code, then the output and, behind a zero, the errors.
func answerSeeds() -> [[UInt8]] {
    var seeds: [[UInt8]] = []
    for (index, folder) in ["slurm", "gridengine", "pbspro", "torque", "lsf"].enumerated() {
        guard let directory = opendir("Tests/Recorded/\(folder)") else { continue }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 },
                as: UTF8.self) }
            guard name.hasSuffix(".txt"), let file = fopen("Tests/Recorded/\(folder)/\(name)", "rb") else { continue }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 4000)
            bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
            seeds.append([UInt8(index), 0] + bytes)
            seeds.append([UInt8(index), 1, 0] + bytes)
        }
    }
    return seeds
}

func fuzzAnswers(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= 2 else { return }
    let reader = readers[Int(bytes[0]) % readers.count]
    let kind = kinds[Int(bytes[0]) % kinds.count]
    let parts = bytes.dropFirst(2).split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    let code = Int32(bytes[1])
    let answer = CommandAnswer(
        .process(.exited(code: code)), output: String(decoding: parts[0], as: UTF8.self),
        errors: parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : "")
    let text = answer.output + "\n" + answer.errors

    if case .accepted(let job) = reader.readSubmission(answer) {
        precondition(code == 0 && names(text, job))
    }
    check(reader.readStatus(answer), answer, kind, queue: true)
    check(reader.readAccounting(answer), answer, kind, queue: false)
    if case .found(let job) = reader.readSearch(answer, for: "name") { precondition(names(answer.output, job)) }
    if let complaint = reader.readCancellation(answer) { precondition(!complaint.isEmpty) }
    precondition(reader.readNodes(answer).count <= lineCount(answer.output))

    // Ids are whatever somebody's file says.
    let id = JobID(String(text.prefix(40)))
    for command in [reader.statusQuery(of: [id, id], user: id.text), reader.search(for: id.text, user: "")]
        + reader.accountingQueries(of: [id], since: Int64(code) << 55) + reader.accountingFallback(of: [id])
        + reader.cancellations(of: [JobElement(id), JobElement(JobID("7"), index: Int(code))])
    {
        precondition(!command.words.isEmpty)
    }
}

private func lineCount(_ text: String) -> Int { text.utf8.reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) } }

/// The digits that a job's id begins with; there are some.
private func digits(_ job: JobID) -> [UInt8] {
    let digits = Array(job.text.utf8.prefix { (48...57).contains($0) })
    precondition(!digits.isEmpty)
    return digits
}

private func names(_ text: String, _ job: JobID) -> Bool { holds(Array(text.utf8), digits(job)) }

private func holds(_ text: [UInt8], _ part: [UInt8]) -> Bool {
    guard part.count <= text.count else { return false }
    return text.withUnsafeBytes { text in
        (0...(text.count - part.count)).contains { memcmp(text.baseAddress! + $0, part, part.count) == 0 }
    }
}

private func check(_ status: StatusAnswer, _ answer: CommandAnswer, _ kind: SchedulerKind, queue: Bool) {
    guard case .jobs(let reports) = status else { return }
    let text = Array(answer.output.utf8)
    precondition(reports.count <= text.count)
    let lowered = text.map { (65...90).contains($0) ? $0 + 32 : $0 }
    let hasEnd = endWords[kind]!.contains { holds(lowered, Array($0.lowercased().utf8)) }
    for report in reports {
        precondition(holds(text, digits(report.job)))
        if report.end != nil { precondition(report.state.isEnd) }
        guard report.state.isEnd else { continue }
        precondition(answer.succeeded || !answer.errors.isEmpty)
        // The list of the queue has no word for an end.
        precondition(hasEnd && (kind != .gridEngine || !queue))
    }
}
