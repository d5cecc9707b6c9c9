import Foundation
import Hayate
import HayateView

/// A submission that grows: its elements are added in batches, each of which is on disk when that returns.
struct OpenSubmission: Sendable {
    /// Elements of one addition.
    static let batch = 1_000
    /// Bytes of one addition, but for a single element.
    static let batchBytes = 4 << 20
    /// A submission that is needed as a whole is named element by element up to so many; tasks that wait for it
    /// stand in between beyond that, each for `gateSize` of its elements.
    static let directNeeds = 16
    static let gateSize = 1_000

    let session: ConnectedSession
    /// As it was when it began: with elements, if it was there already.
    let view: SubmissionView
    let maker: SessionTaskMaker

    var name: String { view.name }

    /// Begins the submission of a sweep, or finds the one with its key.
    /// - Throws: `CommandLineError` for what is needed and not there; `HayateError`.
    static func begin(
        _ sweep: Sweep, _ choices: SubmissionChoices, seed: UInt64, in session: ConnectedSession
    ) async throws -> OpenSubmission {
        let sheet = SubmissionSheet(sweep, seed: seed)
        var maker = SessionTaskMaker(directory: try directory(choices, of: session), priority: choices.priority)
        for need in choices.needs { try await resolve(need, in: session, &maker) }
        var options = SubmissionOptions()
        options.name = choices.name
        options.key = choices.key
        options.label = sheet.label
        options.attachment = try sheet.bytes()
        return OpenSubmission(session: session, view: try await session.connection.begin(options), maker: maker)
    }

    /// Adds elements that have numbers from `first` on. Waits where the session has no room.
    func add(_ tasks: [SessionTask], first: UInt32) async throws {
        var isTold = false
        while true {
            do {
                return try await session.steadily { try await $0.add(tasks, to: name, first: first) }
            } catch let error as HayateError where error.code == .journalFull || error.code == .queueFull {
                if !isTold {
                    let environment = ProgramEnvironment.current
                    environment.write("hayate: \(error.message); waiting\n", to: environment.error)
                    isTold = true
                }
                try await ContinuousClock().sleep(for: .seconds(1))
            }
        }
    }

    /// Says that no more elements come.
    @discardableResult
    func complete() async throws -> SubmissionView {
        try await session.steadily { try await $0.complete(name) }
    }

    private static func directory(_ choices: SubmissionChoices, of session: ConnectedSession) throws -> String? {
        let here = FileManager.default.currentDirectoryPath
        if let named = choices.directory {
            return named.hasPrefix("/") ? named : (here as NSString).appendingPathComponent(named)
        }
        let path = try session.access.path(session.name)
        let settings = try SessionSettings.read(path)
        return settings?.hasDaemonsElsewhere == true ? nil : here
    }
}

extension OpenSubmission {
    private static func resolve(
        _ need: Need, in session: ConnectedSession, _ maker: inout SessionTaskMaker
    ) async throws {
        switch need {
        case .element(let task):
            try await session.check(task)
            maker.needs.append(task)
        case .each(let name):
            let view = try await session.submission(name)
            maker.pairs.append(.init(name: name, count: view.isComplete ? view.total : nil))
        case .all(let name):
            let view = try await session.submission(name)
            guard view.isComplete else { throw CommandLineError.neededIsIncomplete(name) }
            guard view.total <= UInt32.max else { return }
            if view.total <= directNeeds {
                maker.needs += (0..<UInt32(view.total)).map { SessionTaskName(submission: name, element: $0) }
            } else {
                maker.needs += try await gates(of: view, in: session)
            }
        }
    }

    /// Tasks that do nothing but need many: the same ones for all that need this submission.
    private static func gates(
        of needed: SubmissionView, in session: ConnectedSession
    ) async throws -> [SessionTaskName] {
        var options = SubmissionOptions()
        options.key = "all of \(needed.name) \(needed.created)"
        options.name = needed.name.prefix(60) + ".all"
        options.label = "all of \(needed.name)"
        let gate = try await session.connection.begin(options)
        let count = (needed.total + gateSize - 1) / gateSize
        if !gate.isComplete || gate.total < count {
            let tasks = try (0..<count).map { number in
                let range = number * gateSize..<min(needed.total, (number + 1) * gateSize)
                let maker = SessionTaskMaker(
                    needs: range.map { SessionTaskName(submission: needed.name, element: UInt32($0)) })
                return try maker.task(
                    ElementRequest(index: number + 1, arguments: ["true"]), number: UInt32(number))
            }
            for (number, task) in tasks.enumerated() {
                try await session.connection.add([task], to: gate.name, first: UInt32(number))
            }
            _ = try await session.connection.complete(gate.name)
        }
        return (0..<UInt32(count)).map { SessionTaskName(submission: gate.name, element: $0) }
    }
}

extension CommandLineError {
    static func neededIsIncomplete(_ name: String) -> CommandLineError {
        CommandLineError(
            code: .session, message: "\(name) is still being submitted, and cannot be needed as a whole yet",
            hint: "wait until it is complete, or need its elements one by one with '\(name)[*]'")
    }

    static func noPartner(_ number: UInt32, of name: String, count: Int) -> CommandLineError {
        CommandLineError(
            code: .session,
            message: "element \(number) needs \(name)/\(number), but \(name) has \(count) elements only",
            hint: "give both the same inputs")
    }
}
