extension KeyTable where Root == ClusterProfile {
    static let cluster = KeyTable(
        ClusterProfile(.local),
        [
            Key("scheduler", \.scheduler, .word, "The kind of scheduler."),
            Key("access", \.access, .access, "Where its commands run.").whole,
            Key("commands", \.commands, .object(.commands), "Its commands."),
            Key("submission", \.submission, .object(.submission), "How jobs are submitted."),
            Key("polling", \.polling, .object(.polling), "How often it is asked."),
            Key("memory", \.memory, .object(.memory), "How it counts memory."),
            Key("naming", \.naming, .object(.naming), "What jobs may be called."),
            Key(
                "parallelEnvironment", \.parallelEnvironment, .object(.parallelEnvironment),
                "How Grid Engine gives several processors."),
            Key("gpu", \.gpu, .object(.gpu), "How graphics processors are asked for."),
            Key("requires", \.required, .list(of: .choice(RequestField.names)), "What a job must have."),
            Key("accountFrom", \.accountVariable, .accountSource, "Where the account comes from if nobody gives one.")
                .whole,
            Key("defaults", \.defaults, .object(.request), "What holds where a request says nothing."),
            Key(
                "queues", \.queues, .map(of: .object(.queue)),
                "Its queues (partitions of Slurm) and what jobs in them may have."),
            Key(
                "partitionList", \.listsQueues, .truth,
                "Whether the scheduler gets all queues that fit, and takes the first with room."),
            Key(
                "extraDirectives", \.extraDirectives, .list(of: .text), "Directives of every job, without their prefix."
            ),
            Key(
                "dropDirectives", \.dropDirectives, .list(of: .text),
                "Directives that are left out, by their option, such as --mem."),
            Key(
                "preemptionGrace", \.preemptionGrace, .duration,
                "How much warning comes before a job loses its place to another."),
            Key("template", \.template, .text, "The template of scripts; without it the scheduler's own."),
        ])
}

private struct AccessDraft: Sendable {
    var kind: String?
    var host: String?
    var user: String?
    var port: Int?
    var proxyJump: [String] = []
    var identity: String?
}

extension SettingKind where Value == ClusterAccess {
    static var access: SettingKind {
        let table = KeyTable(
            AccessDraft(),
            [
                Key("kind", \.kind, .choice(["local", "ssh"]), "Whether they run here, or on another machine by SSH."),
                Key("host", \.host, .text, "That machine."),
                Key("user", \.user, .text, "The user's name there."),
                Key("port", \.port, .whole(1, to: 65535), "SSH's port there."),
                Key("proxyJump", \.proxyJump, .list(of: .text), "Machines on the way."),
                Key("identity", \.identity, .text, "The file with the key."),
            ])
        let text: @Sendable (ClusterAccess) -> String? = { $0 == .local ? "{ kind: local }" : nil }
        return SettingKind<AccessDraft>.object(table).made(text: text) { (draft) throws(Complaint) in
            if draft.kind == "ssh" {
                guard let host = draft.host else { throw Complaint("of kind ssh must name the 'host'") }
                // They are words of a command line, where a dash would begin an option.
                for word in [host] + [draft.user].compactMap(\.self) + draft.proxyJump where word.hasPrefix("-") {
                    throw Complaint("names '\(word)', which would be an option of ssh; a name does not begin with -")
                }
                return .ssh(
                    host: host, user: draft.user, port: draft.port, proxyJump: draft.proxyJump, identity: draft.identity
                )
            }
            guard draft.host == nil, draft.user == nil, draft.port == nil, draft.proxyJump.isEmpty,
                draft.identity == nil
            else { throw Complaint("names another machine, but is not of kind ssh; add 'kind: ssh'") }
            return .local
        }
    }
}

private struct AccountDraft: Sendable { var variable: String? }

extension SettingKind where Value == String {
    /// `{ env: NAME }`.
    static var accountSource: SettingKind {
        let table = KeyTable(
            AccountDraft(), [Key("env", \AccountDraft.variable, .variable, "The variable with the account.")])
        return SettingKind<AccountDraft>.object(table).made { (draft) throws(Complaint) in
            guard let variable = draft.variable else {
                throw Complaint("must name a variable, as in { env: SBATCH_ACCOUNT }")
            }
            return variable
        }
    }
}

extension KeyTable where Root == CommandRules {
    static let commands = KeyTable(
        CommandRules(),
        [
            Key("submit", \.submit, .list(of: .text), "Words in the place of sbatch, qsub or bsub."),
            Key("status", \.status, .list(of: .text), "Words in the place of squeue, qstat or bjobs."),
            Key("cancel", \.cancel, .list(of: .text), "Words in the place of scancel, qdel or bkill."),
            Key("accounting", \.accounting, .list(of: .text), "Words in the place of sacct, qacct, tracejob or bhist."),
            Key("timeout", \.timeout, .positiveDuration, "How long each may take."),
            Key("environment", \.environment, .map(of: .text), "Variables that they need, such as SGE_ROOT."),
            Key("clusterFlag", \.clusterFlag, .text, "The cluster's name for -M of Slurm's commands."),
        ])
}

extension KeyTable where Root == SubmissionRules {
    static let submission = KeyTable(
        SubmissionRules(),
        [
            Key("via", \.way, .word, "Whether the script is the command's standard input or a file."),
            Key("rate", \.rate, .rate, locked: .slower, "How many submissions may be made in which time."),
            Key(
                "maxQueued", \.mostQueued, .whole(), locked: .lower,
                "The most jobs of ours in the queue, each element counting."),
            Key(
                "maxArraySize", \.mostElements, .whole(), locked: .lower,
                "The most elements of one array; without it the scheduler's own default."),
            Key("arrayThrottle", \.throttle, .whole(), locked: .lower, "How many elements run at once, at most."),
            Key("cancelBatch", \.cancelBatch, .whole(), locked: .lower, "How many jobs one command cancels, at most."),
            Key(
                "unset", \.unset, .list(of: .text),
                "Variables that submissions do not see; * at the end stands for anything."),
        ])
}

extension KeyTable where Root == PollingRules {
    static let polling = KeyTable(
        PollingRules(),
        [
            Key(
                "interval", \.interval, .positiveDuration, locked: .higher,
                "The least time between two status queries, whatever the number of jobs."),
            Key(
                "accounting", \.accounting, .positiveDuration, locked: .higher,
                "The same between two queries of the accounting."),
            Key(
                "grace", \.grace, .duration, locked: .higher,
                "How long a job may be missing everywhere before its end counts as unknown."),
            Key(
                "dialIn", \.dialIn, .positiveDuration, locked: .higher,
                "How long a job may run without a word from its daemons before that is a complaint."),
        ])
}

extension KeyTable where Root == MemoryRules {
    static let memory = KeyTable(
        MemoryRules(),
        [
            Key("scope", \.scope, .word, "What the scheduler's memory option counts for."),
            Key(
                "complex", \.complex, .text,
                "Grid Engine's name for memory, such as h_vmem; without it none is asked for."),
            Key(
                "limitUnit", \.limitUnit, .choice(["KB", "MB", "GB"]),
                "The unit of LSF's limits where it takes no suffix."),
            Key(
                "perJobLimit", \.perJobLimit, .truth, "Whether LSF's limit counts for the job and not for each process."
            ),
            Key("perTaskReserve", \.perTaskReserve, .truth, "Whether LSF's reservation counts for each task."),
            Key("minimum", \.minimum, .memory, locked: .higher, "Requests below are raised to it."),
        ])
}

extension KeyTable where Root == NamingRules {
    static let naming = KeyTable(
        NamingRules(),
        [
            Key("max", \.longest, .whole(8, to: 255), locked: .lower, "The most characters of a job's name."),
            Key(
                "allow", \.allowed, .characters, "The characters of names, as within brackets of a regular "
                    + "expression."),
        ])
}

extension KeyTable where Root == ParallelEnvironmentRules {
    static let parallelEnvironment = KeyTable(
        ParallelEnvironmentRules(),
        [
            Key("name", \.name, .text, "The parallel environment, such as smp."),
            Key("whenSlotsAbove", \.whenSlotsAbove, .whole(0), "It is named for jobs of more slots than this."),
        ])
}

extension KeyTable where Root == GPURules {
    static let gpu = KeyTable(
        GPURules(),
        [
            Key("directive", \.directive, .word, "Which of the scheduler's ways is used."),
            Key("complex", \.complex, .text, "The name of Grid Engine's complex."),
            Key("types", \.types, .map(of: .text), "The site's names of models, by the words of requests."),
        ])
}

extension KeyTable where Root == QueueLimits {
    static let queue = KeyTable(
        QueueLimits(),
        [
            Key("name", \.name, .text, "What the scheduler calls it, if not by the key; empty: jobs name no queue."),
            Key("minWalltime", \.minWallTime, .wallTime, locked: .higher, "The shortest time to ask for."),
            Key("maxWalltime", \.maxWallTime, .wallTime, locked: .lower, "The longest time to ask for."),
            Key("minCpus", \.minCPUs, .whole(), locked: .higher, "The fewest processors of one machine."),
            Key("maxCpus", \.maxCPUs, .whole(), locked: .lower, "The most processors of one machine."),
            Key("minMemory", \.minMemory, .memory, locked: .higher, "The least memory of one machine."),
            Key("maxMemory", \.maxMemory, .memory, locked: .lower, "The most memory of one machine."),
            Key("minNodes", \.minNodes, .whole(), locked: .higher, "The fewest machines."),
            Key("maxNodes", \.maxNodes, .whole(), locked: .lower, "The most machines."),
            Key(
                "maxGpus", \.maxGPUs, .whole(0), locked: .lower, "The most graphics processors of one machine; 0: none."
            ),
            Key("needsGpu", \.needsGPU, .truth, "Whether jobs must ask for graphics processors."),
            Key("gpuTypes", \.gpuTypes, .list(of: .text), "The models that it has, in the words of requests."),
            Key("wholeNodes", \.wholeNodes, .truth, "Whether machines are always given whole."),
            Key("nodeCpus", \.nodeCPUs, .whole(), "The processors of one machine, for whole ones."),
            Key("nodeMemory", \.nodeMemory, .memory, "The memory of one machine, for whole ones."),
            Key("accounts", \.accounts, .list(of: .text), "Who may use it; without it everybody."),
            Key("qos", \.qualityOfService, .text, "The quality of service that its jobs ask for."),
            Key("reservation", \.reservation, .text, "The reservation that its jobs ask for."),
            Key("priority", \.priority, .whole(.min), "Higher is tried first."),
            Key("explicit", \.isExplicit, .truth, "Whether it is chosen only by those who name it."),
            Key(
                "extraDirectives", \.extraDirectives, .list(of: .text), "Directives of its jobs, without their "
                    + "prefix."),
        ])
}
