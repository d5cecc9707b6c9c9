import HayateCore
import Mustache

/// The templates of scripts: those of the schedulers, and those of sites and users that may build on them.
public struct TemplateLibrary: Sendable {
    private(set) var files: [String: TemplateFile] = [:]
    private(set) var tags: [String: [TemplateTag]] = [:]
    private(set) var mustache = MustacheLibrary()

    /// The templates of the schedulers alone.
    ///
    /// - Throws: `ClusterError` if one of them is damaged.
    public init() throws(ClusterError) { try self.init([]) }

    /// - Parameter files: of the site and the user; one with the name of a built-in template takes its place.
    /// - Throws: `ClusterError` with file and line for whatever is wrong with one of them.
    public init(_ files: [TemplateFile]) throws(ClusterError) {
        for file in BuiltInFile.all(under: "templates/") {
            let place = TemplateFile.name(of: file.path) + ".mustache"
            try read(TemplateFile(path: file.path, place: place, text: file.text))
        }
        for file in files { try read(file) }
        for name in self.files.keys.sorted() { try TemplateChecks(self).check(name) }
    }

    /// The template of a plan: the request's, the site's, or the scheduler's own.
    ///
    /// - Throws: `ClusterError` for a template that there is none of.
    func name(for plan: JobPlan) throws(ClusterError) -> String {
        guard let wanted = plan.request.template ?? plan.cluster.template else { return plan.cluster.scheduler.rawValue }
        let name = TemplateFile.name(of: wanted)
        guard files[name] != nil else {
            throw ClusterError("there is no template \(wanted)\(guess(name)); name one of \(names)")
        }
        return name
    }

    var names: String { files.keys.sorted().joined(separator: ", ") }

    func guess(_ name: String) -> String {
        nearestName(to: name, among: files.keys.sorted()).map { " (did you mean \($0)?)" } ?? ""
    }

    private mutating func read(_ file: TemplateFile) throws(ClusterError) {
        ShellContentType.registered
        var line = 1
        for scalar in file.text.unicodeScalars {
            if scalar == "\n" { line += 1 }
            guard FieldChecks.isControl(scalar), scalar != "\n", scalar != "\t" else { continue }
            throw ClusterError(
                scalar == "\r" ? "the line ends with a carriage return, as on Windows; save the file with plain line ends"
                    : "the template holds a control character; take it out", at: "\(file.place):\(line)")
        }
        let tags = TemplateTag.all(in: Array(file.text))
        do {
            let template = try MustacheTemplate(string: MarkedTemplate.text(of: file, tags))
            mustache.register(template, named: file.name)
        } catch let error as MustacheTemplate.ParserError {
            let line = max(1, error.context.lineNumber - MarkedTemplate.pragmaLines)
            throw ClusterError(Self.message(error.error), at: "\(file.place):\(line)")
        } catch {
            throw ClusterError("the template cannot be read (\(error)); see docs/templates.md", at: file.place)
        }
        files[file.name] = file
        self.tags[file.name] = tags
    }

    private static func message(_ error: any Error) -> String {
        switch error as? MustacheTemplate.Error {
        case .sectionCloseNameIncorrect: "this closes another section than the one that is open; close that one first"
        case .unfinishedName: "this is no tag; write {{name}}, and {{! … }} for a comment"
        case .expectedSectionEnd: "a section is not closed; write {{/name}} at its end"
        case .illegalTokenInsideInheritSection:
            "between {{<name}} and {{/name}} only blocks may stand; write {{$block}}…{{/block}}"
        case .unrecognisedConfigVariable, .invalidConfigVariableSyntax:
            "this setting is not known; leave it out: templates are always of the type SHELL"
        case .invalidSetDelimiter, .transformAppliedToInheritanceSection, .textInsideInheritSection, nil:
            "the template cannot be read here; see docs/templates.md"
        }
    }
}
