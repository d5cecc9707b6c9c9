import Glibc
import Hayate

/// The host of a session that tests kill: its daemons are this program.
enum SessionMode {
    /// - Parameters:
    ///   - directory: where sessions are kept.
    ///   - lease: milliseconds for which its daemons wait for a host that is gone.
    ///   - site: whose scheduler starts its daemons; `home=PATH`: they are on "another machine", which is this one with
    ///     another home; nil: they are processes of this machine.
    static func run(directory: String, name: String, daemons: Int, lease: Int, site: String?) async throws {
        // None of its own: others dial in, from other machines too.
        var options = SessionHost.Options(
            daemons: daemons > 0 ? .local(daemons) : .listening(at: "tls+tcp://127.0.0.1:0"))
        if let site {
            let home = site.split(separator: "=").last.map(String.init) ?? site
            options.daemons = site.hasPrefix("home=") ? RemoteHostMode.daemons(daemons, home: home) : .site(site, daemons)
        }
        options.directory = directory
        options.name = name
        options.lease = .milliseconds(lease)
        do throws(HayateError) {
            let host = try SessionHost(options)
            say("ready")
            try await host.run()
            say("over")
        } catch {
            say("error \(error.code) \(error.message)")
            exit(3)
        }
    }
}
