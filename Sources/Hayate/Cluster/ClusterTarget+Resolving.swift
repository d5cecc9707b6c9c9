import HayateCluster
import HayateCore
import HayateLaunch

extension ClusterTarget {
    /// Finds what `Daemons.site` named. At a machine without a scheduler the daemons become local ones.
    /// - Returns: nil if there is no scheduler to ask.
    /// - Throws: `HayateError.invalidArgument` with everything that is wrong with the site's files, or with the request.
    static func resolve(_ daemons: inout Daemons) throws(HayateError) -> ClusterTarget? {
        guard let place = daemons.place else { return nil }
        guard place.daemons.upperBound > 0 else {
            throw HayateError(.invalidArgument, "no daemons are asked for on \(place.name): ask for 1 or more")
        }
        do throws(ClusterError) {
            let (planner, settings) = try planner(of: place)
            guard planner.cluster.scheduler != .local else {
                daemons.count = place.daemons.upperBound
                daemons.place = nil
                if place.name == "auto" {
                    ClusterLauncher.log.warning(
                        "no site's profile fits this machine, so the daemons are processes of it ('hayate site list')")
                }
                return nil
            }
            let remote = try remote(of: planner, daemons)
            return ClusterTarget(
                site: planner.site, plan: try planner.allocation(for: place.request),
                templates: try SiteTemplates.library(of: planner, settings, request: place.request),
                daemons: place.daemons, idleTime: planner.profile.idleTime, remote: remote)
        } catch {
            throw HayateError(.invalidArgument, error.description)
        }
    }

    /// The machine with the cluster's commands; nil: this one.
    private static func remote(
        of planner: JobPlanner, _ daemons: Daemons
    ) throws(ClusterError) -> RemoteHost? {
        guard planner.cluster.access != .local else { return nil }
        let name = "the cluster \(planner.clusterName) of \(planner.site.id) is reached by SSH"
        guard daemons.connector != nil else {
            throw ClusterError(
                "\(name), and the pool has nothing that does that: import HayateSSH, and set "
                    + ".with { $0.connector = SSH() }")
        }
        if let url = daemons.url, !url.contains("tcp://"), !url.contains("ws") {
            throw ClusterError("\(name), to where only a port can be forwarded: leave out the url, which is \(url)")
        }
        do throws(RemoteError) {
            return try RemoteHost(planner.cluster.access)
        } catch {
            throw ClusterError("\(name), but \(error.description)")
        }
    }

    /// The site and its profile by a name: `site/profile`, a profile of the site where this runs, or a site.
    private static func planner(
        of place: SitePlace
    ) throws(ClusterError) -> (JobPlanner, SiteSettings) {
        let finder = SiteFinder()
        do throws(SettingFaults) {
            let (catalogue, _) = try finder.catalogue(settings: place.settings, files: place.files)
            let parts = place.name.split(separator: "/", maxSplits: 1).map(String.init)
            if parts.count == 2 {
                let site = try finder.find(parts[0], in: catalogue)
                return try planner(site.settings, parts[1], finder)
            }
            let here = try finder.find(nil, in: catalogue)
            if place.name == "auto" { return try planner(here.settings, nil, finder) }
            if here.settings.profile.profiles[place.name] != nil {
                return try planner(here.settings, place.name, finder)
            }
            guard catalogue.entries.contains(where: { $0.id == place.name }) else {
                let names = here.settings.profile.profiles.keys.sorted() + catalogue.entries.map(\.id)
                let guess = nearestName(to: place.name, among: names).map { "did you mean '\($0)'? " } ?? ""
                throw SettingFaults([
                    ClusterError(
                        "'\(place.name)' is neither a profile of the site \(here.settings.profile.id) nor a site; "
                            + guess + "'hayate site list' shows all")
                ])
            }
            return try planner(try finder.find(place.name, in: catalogue).settings, nil, finder)
        } catch {
            throw ClusterError(error.description)
        }
    }

    private static func planner(
        _ settings: SiteSettings, _ profile: String?, _ finder: SiteFinder
    ) throws(SettingFaults) -> (JobPlanner, SiteSettings) {
        do throws(ClusterError) {
            return (try JobPlanner(settings.profile, profile: profile, variables: finder.variables), settings)
        } catch {
            throw SettingFaults([error])
        }
    }
}
