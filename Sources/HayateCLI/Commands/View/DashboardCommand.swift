import ArgumentParser
import Hayate
import HayateDashboard
import HayateView

/// `hayate dashboard`: a session as a page.
struct DashboardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard",
        abstract: "Show a session as a page in a browser.",
        usage: "hayate dashboard [options]",
        discussion: """
            Prints an address, which opens the page in one browser, once: it holds a token.
            The page only looks, and only at this machine's address 127.0.0.1. Ctrl-C ends
            it; the session goes on.

            From another machine, with a port of one's choice:

              ssh -t -L 8899:127.0.0.1:8899 login1 hayate dashboard --port 8899
            """)

    @OptionGroup var session: SessionChoice

    @Option(help: ArgumentHelp("The port (default: one that is free).", valueName: "number"))
    var port: UInt16?

    func run() async throws {
        let environment = ProgramEnvironment.current
        let connected = try await session.connect()
        let link = SessionLink(connected)
        let server: DashboardServer
        do {
            server = try DashboardServer(
                DashboardSource(
                    snapshot: { try await link.ask { try await $0.snapshot(tasks: 0) } },
                    spans: { since, limit in try await link.ask { try await $0.spans(since: since, limit: limit) } }),
                port: port ?? 0)
        } catch {
            throw CommandLineError(code: .session, message: error.description, hint: "")
        }
        let code = try await Interruptible.run(environment, saying: "session \(connected.name) goes on") {
            environment.write(server.address + "\n", to: environment.output)
            environment.write(
                "hayate: this address opens the page of session \(connected.name) in one browser; Ctrl-C ends it\n",
                to: environment.error)
            try await server.run()
            return ExitStatus.success
        }
        if code != ExitStatus.success { throw ExitCode(code) }
    }
}
