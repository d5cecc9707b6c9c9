/// The text of a template and what messages call it.
public struct TemplateFile: Hashable, Sendable {
    /// By which requests, profiles and other templates name it: the file's name without `.mustache`.
    public var name: String
    /// The file, for messages: `slurm.mustache`.
    public var place: String
    public var text: String

    /// - Parameters:
    ///   - path: of the file; its last component without `.mustache` is the name.
    ///   - place: what messages call it; nil: the path.
    public init(path: String, place: String? = nil, text: String) {
        self.place = place ?? path
        name = Self.name(of: path)
        self.text = text
    }

    /// What a template is called that somebody names by its file.
    public static func name(of path: String) -> String {
        let file = path.utf8.split(separator: UInt8(ascii: "/")).last.map { String($0) ?? "" } ?? path
        return file.hasSuffix(".mustache") ? String(file.dropLast(9)) : file
    }
}
