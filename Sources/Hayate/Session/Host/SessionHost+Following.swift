import HayateCore
import HayateJournal

extension SessionHost {
    private static let mostOutcomes = 1_000
    private static let mostBytes = 4 << 20

    /// Sends outcomes as they come. What a client has not taken yet stays on disk alone.
    func follow(
        _ name: String?, after start: Int64, _ parts: PartSender
    ) async throws(HayateError) -> SessionAnswer {
        let submission = try name.map { name throws(HayateError) in try book.submission(name) }
        var number = start
        while true {
            let bell = submission?.bell ?? book.bell
            let rings = bell.rings
            let isOver = submission.map { book[$0.number]?.isOver ?? true } ?? false
            let outcomes = try await read { [number] journal throws(JournalError) in
                try journal.outcomes(
                    after: number, of: submission?.number, limit: Self.mostOutcomes, bytes: Self.mostBytes)
            }
            guard let last = outcomes.last else {
                if isOver { return .done }
                guard !Task.isCancelled else { throw HayateError(.cancelled, "nobody follows any more") }
                await bell.wait(beyond: rings)
                continue
            }
            number = last.number
            try await parts(.outcomes(outcomes.compactMap { text(of: $0) }))
        }
    }

    func results(of name: String, from element: UInt32, limit: Int) async throws(HayateError) -> [SessionOutcomeText] {
        let number = try book.number(of: name)
        let outcomes = try await read { journal throws(JournalError) in
            try journal.outcomes(
                of: number, from: element, limit: min(max(0, limit), 10_000), bytes: 2 * Self.mostBytes)
        }
        return outcomes.compactMap { text(of: $0) }
    }

    /// Waits for the outcome of one task.
    func outcome(of task: SessionTaskName) async throws(HayateError) -> SessionOutcomeText {
        let key = try key(of: task)
        while true {
            let bell = book.waiter(for: key)
            let rings = bell.rings
            if let outcome = try await outcome(of: key).flatMap({ text(of: $0) }) {
                book.forgetWaiter(for: key, bell)
                return outcome
            }
            // It may have been removed.
            _ = try self.key(of: task)
            guard !Task.isCancelled else { throw HayateError(.cancelled, "nobody waits any more") }
            await bell.wait(beyond: rings)
        }
    }

    // MARK: The log

    func followLog(
        _ selection: SessionSelection, following: Bool, _ parts: PartSender
    ) async throws(HayateError) -> SessionAnswer {
        let isMeant = try await speakers(selection)
        await log.flush()
        var position = SessionLog.Position()
        while true {
            let rings = log.bell.rings
            let (lines, next) = await withoutWaiting { [log, position] in log.lines(from: position) }
            if next == position {
                guard following else { return .done }
                guard !Task.isCancelled else { throw HayateError(.cancelled, "nobody follows any more") }
                await log.bell.wait(beyond: rings)
                continue
            }
            position = next
            let meant = lines.filter { line in
                let words = line.split(separator: " ", maxSplits: 2)
                return words.count > 1 && isMeant(words[1])
            }
            if !meant.isEmpty { try await parts(.sentences(meant)) }
        }
    }

    private func speakers(
        _ selection: SessionSelection
    ) async throws(HayateError) -> @Sendable (Substring) -> Bool {
        switch selection {
        case .everything: return { _ in true }
        case .submission(let name):
            _ = try book.number(of: name)
            return { $0.hasPrefix(name + "/") }
        case .tasks(let names):
            let wanted = Set(names.map { Substring("\($0)") })
            return { wanted.contains($0) }
        case .failed(let name):
            var wanted: Set<Substring> = []
            try await forEachFailure(of: try book.number(of: name)) { outcomes throws(HayateError) in
                for outcome in outcomes { wanted.insert(Substring("\(name)/\(outcome.key.element)")) }
            }
            return { [wanted] in wanted.contains($0) }
        }
    }
}

extension SessionBook {
    /// Rings when the task has its outcome.
    func waiter(for key: TaskKey) -> Bell {
        state.withLock { state in
            if let bell = state.waiters[key] { return bell }
            let bell = Bell()
            state.waiters[key] = bell
            return bell
        }
    }

    /// Others who wait for the same task have seen its outcome, or will when they look.
    func forgetWaiter(for key: TaskKey, _ bell: Bell) {
        state.withLock { if $0.waiters[key] === bell { $0.waiters[key] = nil } }
        bell.ring()
    }
}
