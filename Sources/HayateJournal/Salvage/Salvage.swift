import GRDB
import GRDBSQLite
import Glibc

/// Takes what is whole out of a damaged journal into a new one, which then is the journal. What was there stays in a
/// directory beside it.
struct Salvage {
    private let source: SalvageSource
    private let target: SalvageTarget
    private let mark: CommitMark.Content

    private var names: [Int64: String] = [:]
    private var state: StoreState?
    private var submissions: [UInt32: String] = [:]
    private var old: [UInt32: TaskCounts] = [:]
    private var new: [UInt32: TaskCounts] = [:]
    private var ended: Set<Int64> = []
    private var tasks: Set<Int64> = []
    private var open: Set<Int64> = []
    private var lastOutcome: Int64 = 0
    /// Rows of tasks of which something is damaged.
    private var damaged: Set<Int64> = []
    private var gaps: [String] = []
    /// Of the new one.
    private(set) var commits: Int64 = 0

    init(_ source: SalvageSource, _ target: SalvageTarget, mark: CommitMark.Content) {
        self.source = source
        self.target = target
        self.mark = mark
    }

    /// - Returns: what is left out, a sentence each.
    mutating func run() throws(StoreFailure) -> [String] {
        try takeState()
        try takeNames()
        try takeSubmissions()
        try takeOutcomes()
        try takeTasks()
        try takeOpen()
        try takeOthers()
        try finish()
        tellTasks()
        return gaps
    }

    private mutating func takeState() throws(StoreFailure) {
        var found: StoreState?
        try source.scan("id,commits,outcome,crc", of: "state", number: "id") { row in found = row.state(at: 1) }
        state = found
        if found == nil { gaps.append("The number of transactions is damaged") }
        guard let found, case .commits(let commits) = mark, commits > found.commits else { return }
        gaps.append("The last \(commits - found.commits) transactions are missing, and nobody knows what was in them")
    }

    private mutating func takeNames() throws(StoreFailure) {
        var found: [Int64: String] = [:]
        try source.scan("number,name,crc", of: "names", number: "number") { row in
            if let name = row.name() { found[name.number] = name.name }
        }
        names = found
        // Numbered without gaps, as the store has it.
        for number in 0..<(found.keys.max() ?? 0) {
            try target.addName(number + 1, found[number + 1] ?? "damaged \(number + 1)")
        }
    }

    private mutating func takeSubmissions() throws(StoreFailure) {
        let (target, columns) = (target, "number,name,key,created,complete,description,crc")
        var found: [UInt32: String] = [:]
        let isWhole = try source.scan(columns, of: "submissions", number: "number") { row throws(StoreFailure) in
            guard let submission = row.submission() else { return }
            found[submission.number] = submission.name
            try target.copy(row, into: "submissions")
        }
        submissions = found
        new = found.mapValues { _ in TaskCounts() }
        var counts: [UInt32: TaskCounts] = [:]
        try source.scan("number,accepted,returned,failed,crc", of: "counts", number: "number") { row in
            if let (number, count) = row.counts() { counts[number] = count }
        }
        old = counts
        let lost = Set(counts.keys).subtracting(found.keys).sorted()
        for number in lost { gaps.append("Submission \(number) is damaged and left out with all its tasks") }
        if !isWhole, lost.isEmpty { gaps.append("Submissions may be missing") }
    }

    private mutating func takeOutcomes() throws(StoreFailure) {
        let (source, target, names) = (source, target, names)
        let columns = "number,id,crc,status,attempt,daemon,ended,time,length,body"
        var (counts, ended, damaged, last) = (new, ended, damaged, lastOutcome)
        try source.scan(columns, of: "outcomes", number: "number") { row throws(StoreFailure) in
            let id = row.integer(1)
            let outcome = names[row.integer(5)].flatMap { row.outcome(daemon: $0, files: source.files) }
            guard let outcome else {
                damaged.insert(id)
                return
            }
            guard counts[outcome.key.submission] != nil, ended.insert(id).inserted else { return }
            counts[outcome.key.submission]?.add(outcome.status)
            counts[outcome.key.submission]?.accepted += 1
            last = max(last, outcome.number)
            try target.copy(row, into: "outcomes")
        }
        (new, self.ended, self.damaged, lastOutcome) = (counts, ended, damaged, last)
    }

    private mutating func takeTasks() throws(StoreFailure) {
        let (target, names, submissions) = (target, names, submissions)
        var (tasks, damaged) = (tasks, damaged)
        try source.scan("id,type,crc,terms,body", of: "tasks", number: "id") { row throws(StoreFailure) in
            let key = TaskKey(row: row.integer(0))
            guard let type = names[row.integer(1)], row.task(key, place: 0, type: type, at: 2) != nil else {
                damaged.insert(key.row)
                return
            }
            guard submissions[key.submission] != nil, tasks.insert(key.row).inserted else { return }
            try target.copy(row, into: "tasks")
        }
        (self.tasks, self.damaged) = (tasks, damaged)
    }

    private mutating func takeOpen() throws(StoreFailure) {
        let (target, tasks, ended) = (target, tasks, ended)
        let columns = "id,place,crc,attempt,daemon,ordinal,history,sum"
        var (open, damaged, counts) = (open, damaged, new)
        try source.scan(columns, of: "open", number: "id") { row throws(StoreFailure) in
            let key = TaskKey(row: row.integer(0))
            guard row.place(of: key, at: 1) != nil, row.progress(of: key, at: 3) != nil else {
                damaged.insert(key.row)
                return
            }
            guard tasks.contains(key.row), !ended.contains(key.row), open.insert(key.row).inserted else { return }
            counts[key.submission]?.accepted += 1
            try target.copy(row, into: "open")
        }
        (self.open, self.damaged, new) = (open, damaged, counts)
        // Nobody knows whether they have ended.
        for id in tasks where !open.contains(id) && !ended.contains(id) {
            self.damaged.insert(id)
            try target.removeTask(id)
        }
    }

    private mutating func takeOthers() throws(StoreFailure) {
        let target = target
        var gaps = gaps
        let daemon = "session,launch,name,process,description,crc,received,sum"
        let daemonsAreWhole = try source.scan("rowid," + daemon, of: "daemons", number: "rowid") {
            row throws(StoreFailure) in
            if row.daemon(at: 1) == nil { return gaps.append("A daemon is damaged and forgotten") }
            try target.copy(row, into: "daemons")
        }
        let notesAreWhole = try source.scan("rowid,name,value,crc", of: "notes", number: "rowid") {
            row throws(StoreFailure) in
            if row.note(at: 1) == nil { return gaps.append("A note is damaged and left out") }
            try target.copy(row, into: "notes")
        }
        if !daemonsAreWhole { gaps.append("Daemons may be missing") }
        if !notesAreWhole { gaps.append("Notes may be missing") }
        self.gaps = gaps
    }

    /// Numbers go on above all that may have been given.
    private mutating func finish() throws(StoreFailure) {
        var next = StoreState()
        next.commits = (state?.commits ?? 0) + 1
        next.outcome = max(lastOutcome, state?.outcome ?? lastOutcome + 1_000_000)
        if case .commits(let commits) = mark, commits >= next.commits {
            next.commits = commits + 1
            next.outcome += 1_000_000
        }
        commits = next.commits
        try target.finish(next, new)
    }

    private mutating func tellTasks() {
        for number in submissions.keys.sorted() {
            let elements = damaged.subtracting(ended).subtracting(open).map { TaskKey(row: $0) }
                .filter { $0.submission == number }.map(\.element).sorted()
            let kept = Int(new[number]?.accepted ?? 0)
            let missing = old[number].map { max(0, Int($0.accepted) - kept) } ?? elements.count
            let name = "submission \(number) (\(submissions[number] ?? ""))"
            if old[number] == nil { gaps.append("How many tasks \(name) had is damaged: \(kept) are there") }
            guard missing > 0 || !elements.isEmpty else { continue }
            let some = elements.prefix(10).map(String.init).joined(separator: ", ")
            gaps.append(
                "\(max(missing, elements.count)) tasks of \(name) are damaged and left out"
                    + (some.isEmpty ? "" : ", among them elements \(some)"))
        }
        for id in ended.subtracting(tasks).sorted().prefix(10) {
            gaps.append("The arguments of the finished task \(TaskKey(row: id).text) are damaged and left out")
        }
        // Something is wrong where nobody needs it: an index, a page that is not in use.
        if gaps.isEmpty { gaps.append("The database was damaged, and every record could be read") }
    }
}
