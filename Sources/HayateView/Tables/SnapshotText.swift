import HayateCore

/// A session as plain text for pipes and files: every table with all its rows.
public enum SnapshotText {
    /// - Parameter columns: how wide it may be; nothing is dropped or cut if there are enough.
    public static func lines(_ snapshot: SessionSnapshot, columns: Int = 160) -> [String] {
        let session = snapshot.session
        var lines = [SafeText.text("\(session.name)  \(session.facts.joined(separator: " · "))")]
        lines += session.warnings.map { SafeText.text($0.text) }
        let tables: [Table] = [
            .pools(snapshot.pools), .submissions(snapshot.submissions, now: session.now), .daemons(snapshot.daemons),
            .allocations(snapshot.allocations), .failures(snapshot.failures, now: session.now), .tasks(snapshot.tasks),
        ]
        for table in tables where !table.rows.isEmpty { lines += [""] + text(table, columns) }
        return lines
    }

    /// Of submissions alone, as a table.
    public static func submissions(_ submissions: [SubmissionView], now: Double, columns: Int = 160) -> [String] {
        submissions.isEmpty ? [] : text(.submissions(submissions, now: now), columns)
    }

    private static func text(_ table: Table, _ columns: Int) -> [String] {
        let size = Screen.Size(columns: columns, rows: 1)
        // The same widths in all parts: a screen has at most 1,000 rows.
        let layout = table.layout(within: size.columns, table.rows.indices)
        return stride(from: 0, to: table.rows.count, by: 900).flatMap { start -> [String] in
            let window = start..<min(table.rows.count, start + 900)
            var screen = Screen(Screen.Size(columns: size.columns, rows: window.count + 1))
            table.draw(window, on: &screen, row: 0, column: 0, titles: .heading, layout: layout)
            return start == 0 ? screen.lines : Array(screen.lines.dropFirst())
        }
    }
}
