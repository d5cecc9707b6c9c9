import HayateCluster

/// Which cluster a pool's daemons run on, and what their jobs shall have.
public struct SitePlace: Sendable, Hashable {
    /// A compute profile of the site where this runs, a site, or both as `site/profile`; `auto`: the site where this
    /// runs, with its default profile.
    public var name: String
    /// The fewest and the most daemons; the same number twice for a fixed number. At least 1 at the most.
    public var daemons: ClosedRange<Int>
    /// What is asked for over what the profile asks for.
    public var request: JobRequest
    /// Settings over those of all files, as `path=value`: `clusters.main.polling.interval=90s`.
    public var settings: [String]
    /// Further files of sites, by their paths; they are stronger than those that are found.
    public var files: [String] = []

    public init(
        _ name: String, daemons: ClosedRange<Int>, request: JobRequest = JobRequest(), settings: [String] = []
    ) {
        self.name = name
        self.daemons = daemons
        self.request = request
        self.settings = settings
    }
}

extension Daemons {
    /// So many daemons that the batch scheduler of a site starts.
    ///
    /// ```swift
    /// try await withDaemons(.site("narval", 16)) { pool in … }
    /// ```
    ///
    /// They are one job array, or as many as the site's limits ask for. Lost ones are replaced; when the pool is
    /// closed, its jobs are cancelled. At a machine without a scheduler (`local`) they are processes of this machine.
    /// - Parameters:
    ///   - name: see `SitePlace.name`.
    ///   - request: what the jobs shall have over what the profile says: queue, memory, walltime, …
    public static func site(_ name: String, _ count: Int, request: JobRequest = JobRequest()) -> Daemons {
        site(name, max(count, 0)...max(count, 0), request: request)
    }

    /// The same, where the number of daemons follows the queue: more when tasks wait, fewer when they are idle.
    public static func site(
        _ name: String, _ daemons: ClosedRange<Int>, request: JobRequest = JobRequest()
    ) -> Daemons {
        site(SitePlace(name, daemons: daemons, request: request))
    }

    /// The same with all that can be said of the place.
    public static func site(_ place: SitePlace) -> Daemons {
        Daemons(url: nil, count: 0, executable: nil).with { $0.place = place }
    }
}
