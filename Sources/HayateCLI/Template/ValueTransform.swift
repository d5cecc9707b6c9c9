/// What a placeholder takes of a value: the part behind the name in `{1.}`, `{file/}`, `{//}`.
enum ValueTransform: String, Sendable, CaseIterable {
    case whole = ""
    /// `{.}`: `a/b.tar.gz` gives `a/b.tar`.
    case withoutExtension = "."
    /// `{/}`: `a/b.txt` gives `b.txt`.
    case basename = "/"
    /// `{//}`: `a/b.txt` gives `a`, and `b.txt` gives `.`.
    case directory = "//"
    /// `{/.}`: `a/b.txt` gives `b`.
    case basenameWithoutExtension = "/."

    func apply(to value: String) -> String {
        switch self {
        case .whole: value
        case .withoutExtension: Self.withoutExtension(value)
        case .basename: Self.basename(value)
        case .directory: Self.directory(value)
        case .basenameWithoutExtension: Self.withoutExtension(Self.basename(value))
        }
    }

    /// The dot of a hidden file begins its name and no extension.
    private static func withoutExtension(_ path: String) -> String {
        let bytes = path.utf8
        let nameStart = bytes.lastIndex(of: UInt8(ascii: "/")).map(bytes.index(after:))
            ?? bytes.startIndex
        guard let dot = bytes[nameStart...].lastIndex(of: UInt8(ascii: ".")), dot > nameStart
        else { return path }
        return String(path[..<dot])
    }

    private static func basename(_ path: String) -> String {
        let trimmed = withoutTrailingSlashes(path)
        guard trimmed != "/", let slash = trimmed.utf8.lastIndex(of: UInt8(ascii: "/")) else {
            return String(trimmed)
        }
        return String(trimmed[trimmed.utf8.index(after: slash)...])
    }

    private static func directory(_ path: String) -> String {
        let trimmed = withoutTrailingSlashes(path)
        guard trimmed != "/" else { return "/" }
        guard let slash = trimmed.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        let parent = withoutTrailingSlashes(String(trimmed[..<slash]))
        return parent.isEmpty ? "/" : String(parent)
    }

    private static func withoutTrailingSlashes(_ path: String) -> Substring {
        var rest = path[...]
        while rest.utf8.count > 1, rest.utf8.last == UInt8(ascii: "/") { rest = rest.dropLast() }
        return rest
    }
}
