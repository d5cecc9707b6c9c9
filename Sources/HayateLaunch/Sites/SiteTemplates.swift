import Glibc
import HayateCluster

/// The templates of scripts that a site and a request name, beside those that come with the program.
public enum SiteTemplates {
    /// - Parameters:
    ///   - settings: tells the directories of the files, in which their relative paths begin; nil: no site.
    ///   - request: what was asked for over the site's profile; its paths begin in the working directory.
    /// - Throws: `ClusterError` for a file that cannot be read, with what is wrong in a template with file and line.
    public static func library(
        of planner: JobPlanner, _ settings: SiteSettings?, request: JobRequest
    ) throws(ClusterError) -> TemplateLibrary {
        let ofCluster = SettingPath(["clusters", planner.clusterName, "template"])
        let ofProfile = SettingPath(["profiles", planner.profileName ?? "", "template"])
        var files: [TemplateFile] = []
        for (path, directory) in [
            (planner.cluster.template, directory(of: ofCluster, settings)),
            (planner.profile.request.template, directory(of: ofProfile, settings)), (request.template, nil),
        ] {
            // Others are names of templates that come with the program.
            guard let path, path.contains("/") || path.hasSuffix(".mustache") else { continue }
            let place = directory.map { path.hasPrefix("/") || $0.isEmpty ? path : "\($0)/\(path)" } ?? path
            switch SiteFile.read(trusted: place, user: geteuid()) {
            case .text(let text): files.append(TemplateFile(path: place, text: text))
            case .refused(let fault): throw fault
            }
        }
        return try TemplateLibrary(files)
    }

    /// The directory of the file that says this.
    private static func directory(of path: SettingPath, _ settings: SiteSettings?) -> String? {
        guard let source = settings?.origin(of: path)?.source else { return nil }
        return source.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    }
}
