import HayateCore
import HayateJournal
import HayateTransport

extension SessionHost {
    /// Where a task is, why it waits, and what became of its starts.
    func explain(_ name: SessionTaskName) async throws(HayateError) -> [String] {
        let key = try key(of: name)
        guard let task = try await read({ journal throws(JournalError) in try journal.task(key) }) else {
            throw HayateError(.invalidArgument, "there is no task \(name)")
        }
        let terms = TaskTerms(reading: task.terms)
        var sentences: [String] = []
        if let label = terms?.label, !label.isEmpty { sentences.append("\(name) is \(label).") }
        if let place = pool.dispatcher.durableTask(key), let story = pool.dispatcher.story(of: place) {
            sentences += [explain(story)] + pastSentences(story)
            sentences += needSentences(terms)
            if let stalled = pool.status.stalled { sentences.append(Self.sentence(stalled)) }
        } else if let outcome = try await outcome(of: key) {
            sentences += endSentences(outcome)
        } else {
            sentences.append("Its outcome is just being written.")
        }
        return sentences
    }

    private func explain(_ story: TaskStory) -> String {
        func daemon(_ id: DaemonID) -> String { story.daemons[id] ?? "\(id)" }
        switch story.reason {
        case nil: return "It has ended, and its outcome is being written."
        case .noDaemons: return "It waits: no daemon has joined yet."
        case .noUsableDaemon(let count):
            return "It waits: none of the \(count) daemons takes tasks now; they are silent, disconnected, leaving or "
                + "being prepared."
        case .queued(let ahead):
            return ahead == 0
                ? "It is the next in the queue and waits for a daemon that is free."
                : "It waits in the queue behind \(ahead) others."
        case .needsTime(let length, let most):
            return "It waits for a daemon that has \(length.readable) left; the one with the most time has \(most.readable)."
        case .waitsForIdleDaemon:
            return "It was at a daemon that was lost together with others, so it runs alone: it waits for an idle daemon."
        case .needs(let task, let unfinished):
            let needed = story.needed.flatMap { name(of: $0) } ?? "\(task)"
            return unfinished == 1
                ? "It waits for \(needed), which it needs."
                : "It waits for \(unfinished) tasks that it needs, \(needed) among them."
        case .needsResources(let request, let exists):
            return "It asks for \(request.words); "
                + (exists ? "the daemons that have so much are busy." : "no daemon has so much, even when it is idle.")
        case .retryPause(let failures):
            return "It has failed \(failures == 1 ? "once" : "\(failures) times") and waits for its next start."
        case .prefetched(let id, let ahead):
            return "It is at \(daemon(id)) already, behind \(ahead) others."
        case .running(let id, let since, let attempt):
            return "It runs on \(daemon(id)) for \(Duration.nanoseconds(Instant.now.since(since)).readable), as its start "
                + "number \(attempt)."
        case .daemonSilent(let id, let heard):
            return "It is at \(daemon(id)), which has been silent for "
                + "\(Duration.nanoseconds(Instant.now.since(heard)).readable)."
        case .daemonAway(let id, let until):
            return "It is at \(daemon(id)), whose connection broke; if it does not come back within "
                + "\(Duration.nanoseconds(max(0, until.since(.now))).readable), it is lost."
        }
    }

    private func pastSentences(_ story: TaskStory) -> [String] {
        guard let progress = story.progress else { return [] }
        var sentences: [String] = []
        if progress.attempt > 1 { sentences.append("It was started \(progress.attempt) times.") }
        for loss in progress.losses {
            sentences.append(
                "Its start number \(loss.attempt) was lost with \(story.daemons[loss.daemon] ?? "\(loss.daemon)"): "
                    + "\(loss.reason.clause).")
        }
        return sentences
    }

    private func needSentences(_ terms: TaskTerms?) -> [String] {
        guard let keys = terms?.keys, !keys.isEmpty else { return [] }
        let names = keys.prefix(20).compactMap { name(of: $0) }
        guard !names.isEmpty else { return [] }
        return ["It needs " + names.joined(separator: ", ") + (keys.count > 20 ? " and \(keys.count - 20) more." : ".")]
    }

    private func endSentences(_ outcome: JournalOutcome) -> [String] {
        let place = outcome.daemon.isEmpty ? "" : " on \(outcome.daemon)"
        let start = outcome.attempt > 1 ? ", at its start number \(outcome.attempt)" : ""
        let length = outcome.taskTime > 0 ? " after \(Duration.nanoseconds(outcome.taskTime).readable)" : ""
        switch DurableOutcome.read(outcome.status, outcome.body) {
        case .value, .valueWithOutput: return ["It returned\(place)\(length)\(start)."]
        case .error(let error): return ["It ended\(place)\(length)\(start): " + Self.sentence("\(error)")]
        }
    }

    private static func sentence(_ text: String) -> String { text.hasSuffix(".") ? text : text + "." }
}

/// What a dispatcher knows of an unfinished task.
struct TaskStory: Sendable {
    var reason: WaitReason?
    var progress: HayateCore.TaskProgress?
    /// One that it needs.
    var needed: TaskKey?
    /// Names of all daemons that occur.
    var daemons: [DaemonID: String] = [:]
}

extension Dispatcher {
    func story(of task: TaskID) -> TaskStory? {
        state.withLock { state in
            guard state.core.taskID(inSlot: task.slot) == task else { return nil }
            var story = TaskStory(reason: state.core.waitReason(of: task, at: .now), progress: state.core.progress(of: task))
            var ids = story.progress?.losses.map(\.daemon) ?? []
            switch story.reason {
            case .prefetched(let id, _), .running(let id, _, _), .daemonSilent(let id, _), .daemonAway(let id, _):
                ids.append(id)
            case .needs(let needed, _):
                let entry = state.entries[Int(needed.slot)]
                if let submission = entry.receiver?.durable {
                    story.needed = TaskKey(submission: submission, element: entry.index)
                }
            default: break
            }
            for id in ids {
                if let link = state.links[id.slot], link.id == id {
                    story.daemons[id] = link.name
                } else {
                    story.daemons[id] = state.obituaries[id]?.name
                }
            }
            return story
        }
    }
}

extension ResourceRequest {
    /// `4 processors, 1 GPU and 2 GiB of memory`.
    var words: String {
        var parts = [cpus == 1 ? "1 processor" : "\(cpus) processors"]
        if gpus > 0 { parts.append(gpus == 1 ? "1 GPU" : "\(gpus) GPUs") }
        if memory > 0 { parts.append("\((memory + (1 << 20) - 1) >> 20) MiB of memory") }
        for (name, count) in named.sorted(by: { $0.key < $1.key }) { parts.append("\(count) \(name)") }
        return parts.count == 1 ? parts[0] : parts.dropLast().joined(separator: ", ") + " and " + parts[parts.count - 1]
    }
}
