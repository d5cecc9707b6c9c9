/// The page, in the program itself: no path of a request ever leads to a file.
enum PageAssets {
    static func answer(_ asset: Gate.Asset) -> Answer {
        switch asset {
        case .page: Answer(page, type: "text/html; charset=utf-8")
        case .style: Answer(style, type: "text/css; charset=utf-8")
        case .script: Answer(script, type: "text/javascript; charset=utf-8")
        case .icon: Answer(icon, type: "image/svg+xml")
        }
    }

    private static let page = Array(PageText.page.utf8)
    private static let style = Array((PageText.style + PageText.timelineStyle).utf8)
    private static let script = Array(
        (PageText.frame + PageText.tables + PageText.timeline + PageText.timelineDrawing + PageText.start).utf8)
    private static let icon = Array(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">\
        <rect width="16" height="16" rx="3" fill="#2563eb"/>\
        <path d="M3 5h7M5 8h8M3 11h5" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>
        """.utf8)
}

/// Names for the parts of the page.
enum PageText {}
