import HayateCore

/// What there is to see at one place: some lines, tables, and more lines.
struct Page: Sendable {
    struct Section: Sendable {
        var panel: Panel
        /// Filtered and sorted.
        var table: Table
        /// How many rows there are without the filter.
        var all: Int
    }

    var head: [[StyledText]] = []
    var panels: [Section] = []
    var text: [StyledText] = []

    init(_ model: TopModel) {
        head = Self.sessionLines(model)
        if model.view.place == .help {
            text = Self.help
            return
        }
        guard let snapshot = model.snapshot else { return }
        var tables: [(Panel, Table)] = []
        let now = snapshot.session.now
        switch model.view.place {
        case .overview:
            tables = [
                (.pools, .pools(snapshot.pools)), (.submissions, .submissions(snapshot.submissions, now: now)),
                (.daemons, .daemons(snapshot.daemons)), (.allocations, .allocations(snapshot.allocations)),
                (.failures, .failures(snapshot.failures, now: now)), (.tasks, .tasks(snapshot.tasks)),
            ]
        case .pool(let profile):
            describe(pool: profile, snapshot)
        case .submission(let name):
            describe(submission: name, snapshot)
            tables = [
                (.failures, .failures(
                    snapshot.failures.filter { TaskView.submission(of: $0.task) == name }, now: now)),
                (.tasks, .tasks(snapshot.tasks.filter { $0.submission == name })),
            ]
        case .daemon(let name):
            describe(daemon: name, snapshot)
            tables = [
                (.tasks, .tasks(snapshot.tasks.filter { $0.daemon == name })),
                (.failures, .failures(snapshot.failures.filter { $0.daemon == name }, now: now)),
            ]
        case .allocation(let key):
            describe(allocation: key, snapshot)
        case .task(let task):
            describe(task: task, snapshot, model)
        case .help: break
        }
        panels = tables.map { panel, table in
            var shown = table.filtered(by: model.filter)
            if let column = model.sorting[panel] { shown = shown.sorted(by: column) }
            return Section(panel: panel, table: shown, all: table.rows.count)
        }
    }

    /// The panel that the keys are about: the one that was chosen, else the first with rows.
    func active(_ chosen: Panel?) -> (panel: Panel, table: Table)? {
        let section = panels.first { $0.panel == chosen && $0.all > 0 } ?? panels.first { !$0.table.rows.isEmpty }
        return section.map { ($0.panel, $0.table) }
    }

    /// The row that the keys are about.
    func chosen(_ view: TopModel.View) -> (panel: Panel, row: Table.Row)? {
        guard let (panel, table) = active(view.panel), !table.rows.isEmpty else { return nil }
        return (panel, table.rows[table.position(of: view.selection[panel])])
    }

    private static func sessionLines(_ model: TopModel) -> [[StyledText]] {
        var lines: [[StyledText]] = []
        if let snapshot = model.snapshot {
            let session = snapshot.session
            lines = [
                [StyledText(session.name, .heading), StyledText("  " + session.facts.joined(separator: " · "), .dim)]
            ]
            lines += session.warnings.map { [$0] }
        } else if model.lost == nil {
            lines = [[StyledText("waiting for the session …", .dim)]]
        }
        if let lost = model.lost { lines.append([StyledText("! the session does not answer: \(lost)", .bad)]) }
        return lines
    }
}

extension Table {
    /// Of the row with this key; the first one if it is gone.
    func position(of key: String?) -> Int {
        key.flatMap { key in rows.firstIndex { $0.key == key } } ?? 0
    }
}
