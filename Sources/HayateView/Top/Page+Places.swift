import HayateCore

/// What is to be known of one thing.
extension Page {
    private mutating func title(_ kind: String, _ name: String) {
        head.append([])
        head.append([StyledText(kind + " ", .dim), StyledText(name, .heading)])
    }

    private mutating func fact(_ name: String, _ value: String, _ style: Style = .plain) {
        guard !value.isEmpty else { return }
        let indent = String(repeating: " ", count: max(1, 12 - name.count))
        head.append([StyledText("  \(name)\(indent)", .dim), StyledText(value, style)])
    }

    private mutating func missing() {
        head.append([StyledText("  it is not there any more", .warning)])
    }

    mutating func describe(pool profile: String, _ snapshot: SessionSnapshot) {
        title("pool", profile)
        guard let pool = snapshot.pools.first(where: { $0.profile == profile }) else { return missing() }
        fact("address", pool.url)
        fact("daemons", "\(pool.connected) of \(pool.wanted) are there, \(pool.busy) work, \(pool.starting) start")
        if pool.lost > 0 { fact("lost", HumanText.number(pool.lost), .bad) }
        fact("tasks", "\(HumanText.number(pool.waiting)) wait, \(HumanText.number(pool.running)) run, "
            + "\(HumanText.number(pool.ended)) have ended since this host began")
        fact("rate", "\(HumanText.rate(perSecond: pool.rate)) in the last minute")
        head.append([StyledText("  " + Sparkline.text(pool.rates, width: 60), .active)])
    }

    mutating func describe(submission name: String, _ snapshot: SessionSnapshot) {
        title("submission", name)
        guard let submission = snapshot.submissions.first(where: { $0.name == name }) else { return missing() }
        let (state, style) = submission.stateText
        let age = HumanText.time(seconds: snapshot.session.now - submission.created)
        fact("runs", submission.label)
        fact("state", submission.isComplete ? state : state + ", and more elements come", style)
        head.append([StyledText("  ")] + ProgressBar(submission).pieces(60)
            + [StyledText("  \(Int(submission.share * 100)) %")])
        fact("ended", "\(HumanText.number(submission.over)) of "
            + "\(HumanText.number(max(submission.total, submission.known))): "
            + "\(HumanText.number(submission.returned)) returned, \(HumanText.number(submission.failed)) failed, "
            + "\(HumanText.number(submission.cancelled)) cancelled", submission.failed > 0 ? .bad : .plain)
        if !submission.isOver {
            fact("open", "\(HumanText.number(submission.running)) run, \(HumanText.number(submission.waiting)) wait, "
                + "\(HumanText.number(submission.blocked)) wait for other tasks")
        }
        let left = submission.isOver ? nil : submission.remaining
        fact("time", "submitted \(age) ago" + (left.map { ", about \(HumanText.time(seconds: $0)) left" } ?? ""))
    }

    mutating func describe(daemon name: String, _ snapshot: SessionSnapshot) {
        title("daemon", name)
        guard let daemon = snapshot.daemons.first(where: { $0.name == name }) else { return missing() }
        fact("state", daemon.state, daemon.style)
        fact("runs", daemon.tasks.joined(separator: " "))
        fact("tasks", "\(HumanText.number(daemon.done)) done, it holds \(HumanText.number(daemon.held))")
        fact("resources", daemon.resources ?? "it runs one task at a time")
        fact("time", "here for \(HumanText.time(seconds: daemon.age)), silent for "
            + HumanText.time(seconds: daemon.silence))
        fact("stays", daemon.timeLeft.map { "takes tasks for \(HumanText.time(seconds: $0)) more" } ?? "")
    }

    mutating func describe(allocation key: String, _ snapshot: SessionSnapshot) {
        guard let allocation = snapshot.allocations.first(where: { $0.key == key }) else {
            title("allocation", key)
            return missing()
        }
        title("allocation", allocation.job)
        fact("cluster", allocation.cluster)
        fact("state", allocation.state)
        fact("node", allocation.node ?? "none yet")
        fact("daemons", HumanText.number(allocation.daemons))
        fact("why", allocation.reason, .warning)
    }

    mutating func describe(task: String, _ snapshot: SessionSnapshot, _ model: TopModel) {
        title("task", task)
        let failure = snapshot.failures.first { $0.task == task }
        if let open = snapshot.tasks.first(where: { $0.task == task }) {
            fact("runs", open.label)
            fact("state", open.state, open.style)
            fact("start", open.attempt == 0 ? "none yet" : HumanText.number(open.attempt))
            fact("daemon", open.daemon ?? "")
            fact("age", HumanText.time(seconds: open.age))
        } else if let failure {
            fact("runs", failure.label)
            fact("state", "failed \(HumanText.time(seconds: snapshot.session.now - failure.time)) ago", .bad)
            fact("start", HumanText.number(failure.attempt))
            fact("daemon", failure.daemon)
            fact("error", failure.code)
        }
        let columns = max(1, model.size.columns - 3)
        func add(_ heading: String, _ content: String, _ style: Style = .plain) {
            let lines = SafeText.wrapped(content, columns: columns)
            guard !lines.isEmpty else { return }
            if !text.isEmpty { text.append(StyledText("")) }
            text.append(StyledText(heading, .heading))
            text += lines.map { StyledText("  " + $0, style) }
        }
        if let failure {
            add("What went wrong", failure.message, .bad)
            add("Its last words", failure.lastWords)
        }
        if let sentences = model.explanations[task] { add("What is known of it", sentences.joined(separator: "\n")) }
    }
}
