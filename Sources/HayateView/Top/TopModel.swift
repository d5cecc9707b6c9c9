/// What `hayate top` shows and does, as a value: events go in, and what the world shall do comes out.
public struct TopModel: Sendable {
    /// What is looked at.
    public enum Place: Hashable, Sendable {
        case overview
        case pool(String)
        case submission(String)
        case daemon(String)
        case allocation(String)
        case task(String)
        case help
    }

    /// What is cancelled or runs again.
    public enum Target: Hashable, Sendable {
        case submission(String)
        case task(String)

        public var name: String {
            switch self {
            case .submission(let name), .task(let name): name
            }
        }
    }

    /// What has happened.
    public enum Event: Sendable {
        case key(TopKey)
        case resized(Screen.Size)
        case snapshot(SessionSnapshot)
        /// The session does not answer, for this reason.
        case lost(String)
        /// What `Effect.explain` has asked for.
        case explained(task: String, [String])
        /// How `Effect.cancel` or `.retry` ended.
        case answered(String, isGood: Bool)
    }

    /// What shall be done.
    public enum Effect: Hashable, Sendable {
        case quit
        case cancel(Target)
        /// Those tasks of it run again that ended without returning.
        case retry(Target)
        case explain(task: String)
        /// A snapshot at once, for other things are looked at.
        case refresh
    }

    /// A place with what is chosen in it.
    struct View: Hashable, Sendable {
        var place: Place
        var panel: Panel?
        /// The chosen row of each panel, by key.
        var selection: [Panel: String] = [:]
        /// The first line of text that is shown.
        var offset = 0
    }

    public internal(set) var size: Screen.Size
    public internal(set) var snapshot: SessionSnapshot?
    /// What is looked at last; the first is the overview.
    var views = [View(place: .overview, panel: .submissions)]
    var filter = ""
    /// Whether the filter is being typed.
    var isTypingFilter = false
    /// By which column each panel is sorted; nil: as it comes.
    var sorting: [Panel: Int] = [:]
    /// What is asked before it is cancelled.
    var question: Target?
    var message: StyledText?
    var lost: String?
    var explanations: [String: [String]] = [:]
    var hasQuit = false

    /// Explanations that are kept.
    static let mostExplanations = 32

    public init(size: Screen.Size) { self.size = size }

    var view: View {
        get { views[views.count - 1] }
        set { views[views.count - 1] = newValue }
    }

    /// How many unfinished tasks the next snapshot should have.
    public var wantedTasks: Int {
        switch view.place {
        case .overview, .help, .allocation: 200
        case .pool, .submission, .daemon, .task: 2_000
        }
    }

    public mutating func handle(_ event: Event) -> [Effect] {
        switch event {
        case .key(let key): return pressed(key)
        case .resized(let size): self.size = size
        case .snapshot(let snapshot):
            self.snapshot = snapshot
            lost = nil
            // What waits now may wait for something else a second later.
            if case .task(let task) = view.place { return [.explain(task: task)] }
        case .lost(let reason): lost = reason
        case .explained(let task, let sentences):
            if explanations.count >= Self.mostExplanations { explanations = [:] }
            explanations[task] = sentences
        case .answered(let sentence, let isGood):
            message = StyledText(sentence, isGood ? .good : .bad)
            return [.refresh]
        }
        return []
    }
}
