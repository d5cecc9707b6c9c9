/// The fields of a request by the names that sites' files, `requires` and messages have for them.
enum RequestField {
    static let names = KeyTable<JobRequest>.requestKeys.map(\.info.name)
}

extension KeyTable where Root == JobRequest {
    static let request = KeyTable(JobRequest(), requestKeys)

    static let requestKeys: [Key<JobRequest>] = [
        Key("name", \.name, .text, "What people see in the queue's list."),
        Key("queue", \.queue, .text, "The queue; auto: chosen from the limits of the queues."),
        Key("account", \.account, .text, "The account."),
        Key("project", \.project, .text, "The project, where it is something else than the account."),
        Key("qos", \.qualityOfService, .text, "The quality of service."),
        Key("reservation", \.reservation, .text, "The reservation."),
        Key("licences", \.licences, .licences, "Licences and how many of each."),
        Key("nodes", \.nodes, .whole(), locked: .lower, "How many machines."),
        Key("tasksPerNode", \.tasksPerNode, .whole(), locked: .lower, "How many processes on each machine."),
        Key("cpus", \.cpus, .whole(), locked: .lower, "Processors of each process."),
        Key("memory", \.memory, .memory, locked: .lower, "Memory on each machine."),
        Key("walltime", \.wallTime, .wallTime, locked: .lower, "How long the job may run."),
        Key("gpus", \.gpus, .gpus, "Graphics processors on each machine: 2, or a100:2."),
        Key("exclusive", \.isExclusive, .truth, "Whether the machines are for this job alone."),
        Key("constraint", \.constraint, .text, "What the machines must have, in the scheduler's words."),
        Key(
            "output", \.output, .text,
            "The file for what the job prints: {name}, {job}, {task}, {user} and {host} are filled in."),
        Key("errorOutput", \.errorOutput, .text, "The same for errors; without it both go to one file."),
        Key("directory", \.directory, .text, "Where the job starts; without it where it was submitted."),
        Key("environment", \.environment, .map(of: .text), "Variables of the job."),
        Key("modules", \.modules, .list(of: .text), "Names for 'module load'."),
        Key("prologue", \.prologue, .lines, "Lines of shell before the command."),
        Key("epilogue", \.epilogue, .lines, "Lines of shell after the command."),
        Key("warning", \.warning, .warning, "A signal some time before the limit."),
        Key("mail", \.mail, .mail, "When the scheduler writes to whom."),
        Key("priority", \.priority, .whole(.min), "In the scheduler's own numbers."),
        Key("requeue", \.isRequeued, .truth, "Whether the scheduler may start it again."),
        Key("hold", \.isHeld, .truth, "Whether it waits until somebody releases it."),
        Key("extraDirectives", \.extraDirectives, .list(of: .text), "Directives that are added, without their prefix."),
        Key("dropDirectives", \.dropDirectives, .list(of: .text), "Directives that are left out, by their option."),
        Key("rawOptions", \.rawOptions, .list(of: .text), "Words for the command line of sbatch, qsub or bsub."),
        Key("template", \.template, .text, "The template of the script."),
    ]
}

extension KeyTable where Root == ComputeProfile {
    /// The wishes of a request, and what is about daemons.
    static let profile = KeyTable(
        ComputeProfile(),
        [
            Key("cluster", \.cluster, .text, "Which of the site's clusters."),
            Key(
                "daemonsPerJob", \.daemonsPerJob, .whole(),
                "Daemons of each job; without it one for each of its processes."),
            Key("minDaemons", \.minimumDaemons, .whole(0), "The fewest daemons of a pool that follows its queue."),
            Key("maxDaemons", \.maximumDaemons, .whole(), locked: .lower, "The most daemons of such a pool."),
            Key(
                "idleTime", \.idleTime, .positiveDuration, locked: .lower,
                "How long a daemon may be without a task before it ends."),
        ] + KeyTable<JobRequest>.requestKeys.map { $0.within(\.request) })
}

extension Key {
    /// The same key of a value that holds this one.
    func within<Whole>(_ part: WritableKeyPath<Whole, Root> & Sendable) -> Key<Whole> {
        Key<Whole>(
            info: info,
            read: { node, path, whole, faults in read(node, path, &whole[keyPath: part], &faults) },
            defaultText: { defaultText($0[keyPath: part]) },
            keepsWithin: { keepsWithin($0[keyPath: part]) })
    }
}

extension SettingKind where Value == [Licence] {
    static var licences: SettingKind {
        SettingKind<[String: Int]>.map(of: .whole()).made { (counts) throws(Complaint) in
            counts.sorted { $0.key < $1.key }.map { Licence($0.key, count: $0.value) }
        }
    }
}

private struct WarningDraft: Sendable {
    var signal: String?
    var before: Duration?
}

extension SettingKind where Value == WarningSignal {
    static var warning: SettingKind {
        let table = KeyTable(
            WarningDraft(),
            [
                Key(
                    "signal", \.signal, .choice(["USR1", "USR2", "TERM", "INT", "HUP", "QUIT", "URG", "XCPU", "CONT"]),
                    "The signal, without SIG."),
                Key("before", \.before, .positiveDuration, "How long before."),
            ])
        return SettingKind<WarningDraft>.object(table).made { (draft) throws(Complaint) in
            guard let signal = draft.signal, let before = draft.before else {
                throw Complaint("must say 'signal' and 'before', as in { signal: USR1, before: 2m }")
            }
            return WarningSignal(signal, before: before)
        }
    }
}

private struct MailDraft: Sendable {
    var address: String?
    var events: [MailRequest.Event] = [.end, .fail]
}

extension SettingKind where Value == MailRequest {
    static var mail: SettingKind {
        let table = KeyTable(
            MailDraft(),
            [
                Key("to", \.address, .text, "The address."),
                Key("events", \.events, .list(of: .word), "When."),
            ])
        return SettingKind<MailDraft>.object(table).made { (draft) throws(Complaint) in
            guard let address = draft.address else { throw Complaint("must say 'to': the address") }
            return MailRequest(address, events: Set(draft.events))
        }
    }
}
