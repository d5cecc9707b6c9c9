/// A file of `site-config/` or `templates/` that the programs carry along.
public struct BuiltInFile: Hashable, Sendable {
    /// Its path in the project: `site-config/slurm.yaml`.
    public var path: String
    public var text: String

    init(path: String, text: String) {
        self.path = path
        self.text = text
    }

    /// Its text, or nil where there is no such file.
    public static func text(of path: String) -> String? {
        all.first { $0.path == path }?.text
    }

    /// Those below a directory, such as `site-config/`, by path.
    public static func all(under directory: String) -> [BuiltInFile] {
        all.filter { $0.path.hasPrefix(directory) }
    }
}
