import ArgumentParser

/// `hayate site`: the sites that are known, and what is known of them.
struct SiteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "site",
        abstract: "Show, explain and check the profiles of clusters.",
        discussion: """
            A site is a cluster or several, with what jobs may have there. Its profile comes
            from files of several layers: what is built in, the administrator's in
            /etc/hayate/site-config, yours in ~/.config/hayate/site-config, the project's in
            .hayate/site-config, and then HAYATE_SITE_SET and --set.

              hayate site list
              hayate site explain narval clusters.main.queues
              hayate site generate > my-cluster.yaml
              hayate site validate my-cluster.yaml
              hayate site doctor my-cluster.yaml
            """,
        subcommands: [
            SiteListCommand.self, SiteShowCommand.self, SiteExplainCommand.self, SiteValidateCommand.self,
            SiteSchemaCommand.self, SiteGenerateCommand.self, SiteDoctorCommand.self,
        ])
}
