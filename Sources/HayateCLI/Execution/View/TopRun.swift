import Foundation
import Hayate
import HayateView
import Synchronization

/// `hayate top` at a terminal: what happens goes into a `TopModel`, what it wants is done.
struct TopRun: Sendable {
    let link: SessionLink
    let interval: Duration
    let hasColours: Bool
    let onlyASCII: Bool

    private enum Happening: Sendable {
        case terminal(FullScreen.Event)
        case session(TopModel.Event)
    }

    /// - Returns: the exit code.
    func run(on terminal: FullScreen) async -> Int32 {
        let (happenings, teller) = AsyncStream<Happening>.makeStream()
        var model = TopModel(size: terminal.size)
        var update = ScreenUpdate(hasColours: hasColours, onlyASCII: onlyASCII)
        let looker = Looker(wanted: model.wantedTasks)
        terminal.begin { teller.yield(.terminal($0)) }
        defer { terminal.end() }
        // Nobody who leaves waits for a session that does not answer.
        let looking = Task { await look(looker) { teller.yield(.session($0)) } }
        defer { looking.cancel() }
        _ = terminal.show(update.next(model.screen()))
        for await happening in happenings {
            var effects: [TopModel.Effect] = []
            switch happening {
            case .terminal(.keys(let keys)): effects = keys.flatMap { model.handle(.key($0)) }
            case .terminal(.changed(let size)):
                effects = model.handle(.resized(size))
                update.forget()
            case .terminal(.ended(let signal)): return signal == 0 ? ExitStatus.success : 128 + signal
            case .session(let event): effects = model.handle(event)
            }
            looker.want(model.wantedTasks)
            for effect in effects {
                switch effect {
                case .quit: return ExitStatus.success
                case .refresh: looker.hurry()
                case .cancel, .retry, .explain:
                    Task { if let event = await perform(effect) { teller.yield(.session(event)) } }
                }
            }
            guard terminal.show(update.next(model.screen())) else { return ExitStatus.brokenPipe }
        }
        return ExitStatus.success
    }

    // MARK: The session

    private func look(_ looker: Looker, _ tell: (TopModel.Event) -> Void) async {
        while !Task.isCancelled {
            do {
                let wanted = looker.wanted
                tell(.snapshot(try await link.ask { try await $0.snapshot(tasks: wanted) }))
            } catch {
                if Task.isCancelled { return }
                tell(.lost(sentence(error)))
            }
            await looker.wait(interval)
        }
    }

    private func perform(_ effect: TopModel.Effect) async -> TopModel.Event? {
        do {
            switch effect {
            case .cancel(let target):
                let count = try await link.ask { try await $0.cancel(selection(target, failed: false)) }
                return .answered(
                    count == 0 ? "nothing of \(target.name) has not ended" : "\(tasks(count)) cancelled", isGood: true)
            case .retry(let target):
                let count = try await link.ask { try await $0.retry(selection(target, failed: true)) }
                return .answered(
                    count == 0 ? "nothing of \(target.name) has failed" : "\(tasks(count)) submitted again",
                    isGood: true)
            case .explain(let task):
                guard let name = SessionTaskName(task) else { return nil }
                return .explained(task: task, try await link.ask { try await $0.explain(name) })
            case .quit, .refresh: return nil
            }
        } catch {
            if case .explain(let task) = effect { return .explained(task: task, [sentence(error)]) }
            return .answered(sentence(error), isGood: false)
        }
    }

    private func selection(_ target: TopModel.Target, failed: Bool) -> SessionSelection {
        switch target {
        case .submission(let name): failed ? .failed(name) : .submission(name)
        case .task(let name): .tasks(SessionTaskName(name).map { [$0] } ?? [])
        }
    }

    private func tasks(_ count: Int) -> String { "\(HumanText.number(count)) \(count == 1 ? "task" : "tasks")" }

    private func sentence(_ error: any Error) -> String { (error as? HayateError)?.message ?? "\(error)" }
}

/// When to look next, and at how much.
private final class Looker: Sendable {
    private let tasks: Mutex<Int>
    private let hurries: AsyncStream<Void>
    private let hurrier: AsyncStream<Void>.Continuation

    init(wanted: Int) {
        tasks = Mutex(wanted)
        (hurries, hurrier) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var wanted: Int { tasks.withLock { $0 } }
    func want(_ count: Int) { tasks.withLock { $0 = count } }
    /// Without waiting for the next time.
    func hurry() { hurrier.yield() }

    func wait(_ interval: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: interval) }
            group.addTask { for await _ in self.hurries { break } }
            await group.next()
            group.cancelAll()
        }
    }
}
