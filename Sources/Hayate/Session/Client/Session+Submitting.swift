import HayateView

extension Session {
    /// Submits tasks together, in pieces. When this returns, all are on disk.
    ///
    /// Waits while the session's queue is full.
    /// - Parameters:
    ///   - name: nil: one is made from the label.
    ///   - key: whoever submits with the same key again gets the same submission, and nothing is accepted twice.
    /// - Throws: `HayateError`; those before the piece that failed are accepted then, and the submission goes on with
    ///   the same key.
    public func submit(
        _ tasks: some Sequence<SessionTask>, named name: String? = nil, key: String? = nil, label: String? = nil,
        attachment: [UInt8] = []
    ) async throws(HayateError) -> SubmissionView {
        var iterator = tasks.makeIterator()
        let first = iterator.next()
        var options = SubmissionOptions()
        options.name = name
        options.key = key
        options.label = label ?? first?.label ?? ""
        options.attachment = attachment
        let submission = try await begin(options)
        var piece = TaskPiece()
        if let first { piece.add(first) }
        while let task = iterator.next() {
            if piece.isFull(before: task) { try await send(&piece, to: submission.name) }
            piece.add(task)
        }
        try await send(&piece, to: submission.name)
        return try await complete(submission.name)
    }

    private func send(_ piece: inout TaskPiece, to submission: String) async throws(HayateError) {
        guard !piece.tasks.isEmpty else { return }
        while true {
            do throws(HayateError) {
                try await add(piece.tasks, to: submission, first: piece.first)
                piece.clear()
                return
            } catch {
                // The host has waited for room for a while, and what it has accepted it knows.
                guard error.code == .queueFull, !Task.isCancelled else { throw error }
            }
        }
    }
}

/// Tasks that are sent together: few enough for one frame, and for others to come in between.
struct TaskPiece {
    private(set) var tasks: [SessionTask] = []
    private var bytes = 0
    /// The element that the first of them is.
    private(set) var first: UInt32 = 0

    static let mostTasks = 4_096
    static let mostBytes = 8 << 20

    init(first: UInt32 = 0) { self.first = first }

    func isFull(before task: SessionTask) -> Bool {
        !tasks.isEmpty && (tasks.count >= Self.mostTasks || bytes + task.body.count > Self.mostBytes)
    }

    mutating func add(_ task: SessionTask) {
        tasks.append(task)
        bytes += task.body.count
    }

    mutating func clear() {
        first += UInt32(tasks.count)
        tasks = []
        bytes = 0
    }
}
