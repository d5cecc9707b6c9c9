extension TopModel {
    mutating func pressed(_ key: TopKey) -> [Effect] {
        if let target = question { return answered(key, target) }
        if isTypingFilter { return typed(key) }
        message = nil
        let page = Page(self)
        switch key {
        case .letter(let letter): return pressed(letter, page)
        case .up: move(by: -1, page)
        case .down: move(by: 1, page)
        case .pageUp: move(by: -pageLength, page)
        case .pageDown: move(by: pageLength, page)
        case .home: move(by: -1_000_000, page)
        case .end: move(by: 1_000_000, page)
        case .tab: turn(by: 1, page)
        case .backTab: turn(by: -1, page)
        case .enter: return open(page)
        case .escape, .backspace: return back()
        }
        return []
    }

    private mutating func pressed(_ letter: Character, _ page: Page) -> [Effect] {
        switch letter {
        case "q":
            hasQuit = true
            return [.quit]
        case "k": move(by: -1, page)
        case "j": move(by: 1, page)
        case "g": move(by: -1_000_000, page)
        case "G": move(by: 1_000_000, page)
        case " ": move(by: pageLength, page)
        case "?":
            if view.place != .help { views.append(View(place: .help, panel: nil)) }
        case "/": isTypingFilter = true
        case "s": sort(page)
        case "c":
            guard let target = target(page) else { return refuse("nothing here can be cancelled") }
            question = target
        case "r":
            guard let target = target(page) else { return refuse("nothing here can run again") }
            message = StyledText("asking for \(target.name) to run again …")
            return [.retry(target)]
        case "1", "2", "3", "4", "5", "6":
            guard let number = letter.wholeNumberValue, let panel = Panel(rawValue: number) else { break }
            if !page.panels.contains(where: { $0.panel == panel }) {
                // From anywhere to what the overview has.
                let overview = views[0]
                views = [overview]
            }
            view.panel = panel
            view.offset = 0
        default: break
        }
        return []
    }

    // MARK: Questions and words

    private mutating func answered(_ key: TopKey, _ target: Target) -> [Effect] {
        question = nil
        guard key == .letter("y") || key == .letter("Y") else { return refuse("nothing was cancelled") }
        message = StyledText("cancelling \(target.name) …")
        return [.cancel(target)]
    }

    private mutating func typed(_ key: TopKey) -> [Effect] {
        switch key {
        case .letter(let letter): if filter.count < 60 { filter.append(letter) }
        case .backspace: if filter.isEmpty { isTypingFilter = false } else { filter.removeLast() }
        case .escape:
            filter = ""
            isTypingFilter = false
        case .enter: isTypingFilter = false
        default: break
        }
        return []
    }

    private mutating func refuse(_ sentence: String) -> [Effect] {
        message = StyledText(sentence, .warning)
        return []
    }

    // MARK: Going about

    private var pageLength: Int { max(1, size.rows - 8) }

    private mutating func move(by steps: Int, _ page: Page) {
        guard let (panel, table) = page.active(view.panel), !table.rows.isEmpty else {
            // Text alone: it is drawn by as many lines as there are left.
            view.offset = min(max(0, view.offset + steps), max(0, page.text.count - 1))
            return
        }
        let now = table.position(of: view.selection[panel])
        view.panel = panel
        view.selection[panel] = table.rows[min(max(0, now + steps), table.rows.count - 1)].key
    }

    private mutating func turn(by steps: Int, _ page: Page) {
        let panels = page.panels.filter { !$0.table.rows.isEmpty }.map(\.panel)
        guard !panels.isEmpty else { return }
        let now = panels.firstIndex { $0 == page.active(view.panel)?.panel }
        let next = now.map { ($0 + steps + panels.count) % panels.count } ?? 0
        view.panel = panels[next]
    }

    private mutating func back() -> [Effect] {
        if views.count > 1 {
            views.removeLast()
            return [.refresh]
        }
        filter = ""
        return []
    }

    private mutating func open(_ page: Page) -> [Effect] {
        guard let (panel, row) = page.chosen(view) else { return [] }
        let place: Place = switch panel {
        case .pools: .pool(row.key)
        case .submissions: .submission(row.key)
        case .daemons: .daemon(row.key)
        case .allocations: .allocation(row.key)
        case .failures, .tasks: .task(row.key)
        }
        guard view.place != place else { return [] }
        views.append(View(place: place, panel: nil))
        if case .task(let task) = place { return [.explain(task: task)] }
        return [.refresh]
    }

    private mutating func sort(_ page: Page) {
        guard let (panel, table) = page.active(view.panel) else { return }
        let next = (sorting[panel] ?? -1) + 1
        sorting[panel] = next < table.columns.count ? next : nil
    }

    /// What `c` and `r` are about: the chosen row if it is one of these, else what is looked at.
    private func target(_ page: Page) -> Target? {
        if let (panel, row) = page.chosen(view) {
            switch panel {
            case .submissions: return .submission(row.key)
            case .failures, .tasks: return .task(row.key)
            case .pools, .daemons, .allocations: break
            }
        }
        switch view.place {
        case .submission(let name): return .submission(name)
        case .task(let name): return .task(name)
        case .overview, .pool, .daemon, .allocation, .help: return nil
        }
    }
}
