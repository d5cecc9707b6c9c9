import Glibc
import HayateCluster
import HayateCore
import HayateNetwork

/// Looks at a site from the machine where it is used, without submitting anything.
public struct SiteDoctor: Sendable {
    private let site: SiteProfile
    private let planner: JobPlanner
    private let cluster: ClusterProfile
    private let name: String
    private let surveyor: SchedulerSurveyor
    private let settings: SiteSettings

    /// - Parameters:
    ///   - planner: chooses the cluster and the profile.
    ///   - settings: tell where the site's templates are.
    public init(_ planner: JobPlanner, _ settings: SiteSettings, _ surveyor: SchedulerSurveyor) {
        self.settings = settings
        self.planner = planner
        self.surveyor = surveyor
        site = planner.site
        cluster = planner.cluster
        name = planner.clusterName
    }

    /// - Parameter tell: called with each check as it is done.
    public func run(_ tell: (SiteCheck) -> Void) async {
        guard cluster.scheduler != .local else {
            return tell(SiteCheck("scheduler", .ok, "none is needed: daemons are processes of this machine"))
        }
        let hasCommands = await commands(tell)
        guard hasCommands else { return }
        await comparison(tell)
        await submission(tell)
        await accounting(tell)
        await clock(tell)
        guard cluster.access == .local else { return await farSide(tell) }
        await dialBack(tell)
        sharedDirectory(tell)
    }

    /// What is looked at where the scheduler's commands are, and what is not.
    private func farSide(_ tell: (SiteCheck) -> Void) async {
        tell(
            SiteCheck(
                "dial-back", .skipped,
                "a relay over there chooses the address by network.dialBack when a pool starts; --submit tries it"))
        let path = site.runtime.sharedDirectory ?? ".hayate"
        // The nearest part of it that is there must be one in which the rest can be made.
        let look = "cd; place=$1; until [ -e \"$place\" ]; do case $place in */*) place=${place%/*} ;; *) place=. ;; esac; "
            + "[ -n \"$place\" ] || place=/; done; [ -d \"$place\" ] && [ -w \"$place\" ] && [ -x \"$place\" ]"
        let answer = await surveyor.run(CommandLine(["/bin/sh", "-c", look, "sh", path]))
        let shown = path.hasPrefix("/") ? path : "~/" + path
        tell(
            answer.succeeded
                ? SiteCheck("directory", .ok, "\(shown), for logs, can be written there")
                : SiteCheck(
                    "directory", .failed, "\(shown), for logs, cannot be written there",
                    remedy: "name another one that all machines of the cluster see, as runtime.sharedDirectory"))
    }

    // MARK: the scheduler

    /// - Returns: whether the rest makes sense.
    private func commands(_ tell: (SiteCheck) -> Void) async -> Bool {
        let facts = cluster.facts
        guard let question = SchedulerSearch.version(of: cluster.scheduler) else { return false }
        let answer = await surveyor.run(question.line(for: cluster))
        if case .notStarted(let reason) = answer.end {
            tell(
                SiteCheck(
                    "commands", .failed, reason,
                    remedy: "correct clusters.\(name).commands, or run this on a "
                        + "login node"))
            return false
        }
        guard SchedulerSearch.kind(answer, to: question) == cluster.scheduler else {
            tell(
                SiteCheck(
                    "commands", .failed, "'\(question.text)' does not tell of \(facts.title)",
                    remedy: "look at clusters.\(name).scheduler: 'hayate site generate' finds out which it is"))
            return false
        }
        tell(
            SiteCheck(
                "commands", .ok, "\(facts.title): \(SchedulerSearch.version(in: answer) ?? "of an unknown version")"))
        return true
    }

    private func comparison(_ tell: (SiteCheck) -> Void) async {
        guard let survey = cluster.scheduler.survey else { return }
        let answers = await surveyor.answers(survey, cluster)
        let draft = survey.draft(answers)
        do throws(SettingFaults) {
            let text = draft.yaml(id: "live")
            let node = try SettingFile.read(text, source: "the scheduler's answers", layer: .user)
            let live = try SiteSettings(id: "live", layers: [node]).profile
            guard let found = live.clusters["main"] else { return }
            for check in ClusterComparison(cluster, to: found, name: name).checks() { tell(check) }
        } catch {
            tell(SiteCheck("queues", .skipped, "the scheduler's answers make no profile: \(error)"))
        }
        for sentence in draft.unknown where !isKnown(sentence) {
            tell(SiteCheck("scheduler", .warning, "not found out: \(sentence)"))
        }
        if cluster.scheduler == .slurm {
            var account = planner.profile.request.account ?? cluster.defaults.account
            if account == nil, let variable = cluster.accountVariable { account = surveyor.variables[variable] }
            tell(
                SiteCheck.account(
                    account, among: SlurmSurvey.accounts(in: answers), required: cluster.required.contains("account"),
                    path: "clusters.\(name)"))
        }
    }

    /// Whether the profile says what the scheduler does not.
    private func isKnown(_ sentence: String) -> Bool {
        sentence.hasPrefix("which complex is memory") && cluster.memory.complex != nil
            || sentence.hasPrefix("how jobs get more than one processor") && cluster.parallelEnvironment.name != nil
    }

    private func submission(_ tell: (SiteCheck) -> Void) async {
        do throws(ClusterError) {
            let job = try trial()
            for note in job.notes { tell(SiteCheck("script", .warning, note)) }
            guard let line = SubmissionTrial.line(for: job, on: cluster.scheduler) else {
                return tell(
                    SiteCheck(
                        "submission", .skipped,
                        "\(cluster.facts.title) has no way to try one without "
                            + "running it; --submit runs one"))
            }
            tell(SubmissionTrial.check(await surveyor.run(line), on: cluster.scheduler))
        } catch {
            tell(
                SiteCheck(
                    "submission", .failed, error.description,
                    remedy: "correct the profile, or give what "
                        + "is missing"))
        }
    }

    /// A job that does nothing, as a pool of one daemon would submit it.
    private func trial() throws(ClusterError) -> RenderedJob {
        let plan = try planner.allocation(for: JobRequest())
        guard let piece = try plan.pieces(daemons: 1, run: "doctor", command: { _ in "true" }).first else {
            throw ClusterError("the profile plans no job at all; look at its daemonsPerJob")
        }
        return try JobRenderer.render(
            piece.plan, try SiteTemplates.library(of: planner, settings, request: JobRequest()))
    }

    private func accounting(_ tell: (SiteCheck) -> Void) async {
        guard let reader = cluster.answerReader else { return }
        let now = Int64(time(nil))
        guard let query = reader.accountingQueries(of: [JobID("1")], since: now).first else {
            return tell(
                SiteCheck(
                    "accounting", .skipped,
                    "there is none, so that ends of jobs are known from the "
                        + "queue alone"))
        }
        switch reader.readAccounting(await surveyor.run(query)) {
        case .jobs: tell(SiteCheck("accounting", .ok, "'\(query.words.first ?? "")' answers"))
        case .failed(let reason):
            tell(
                SiteCheck(
                    "accounting", .warning, "'\(query.words.joined(separator: " "))' does not answer: \(reason)",
                    remedy: "without it the reasons of ends are not told; ask for it, or name what to ask in "
                        + "clusters.\(name).commands.accounting"))
        }
    }

    private func clock(_ tell: (SiteCheck) -> Void) async {
        guard let line = ControllerClock.question(for: cluster) else { return }
        let before = Int64(time(nil))
        let answer = await surveyor.run(line)
        let after = Int64(time(nil))
        guard let theirs = ControllerClock.seconds(in: answer) else { return }
        let skew = theirs < before ? theirs - before : max(0, theirs - after)
        tell(SiteCheck.clock("clock", of: "the controller", seconds: skew))
    }

    // MARK: this machine

    private func dialBack(_ tell: (SiteCheck) -> Void) async {
        var nodes: [String] = []
        if case .route = site.network.dialBack, let reader = cluster.answerReader, let query = reader.nodeQuery {
            nodes = reader.readNodes(await surveyor.run(query))
        }
        do throws(AddressError) {
            let address = try DialBackAddress.choose(site.network.dialBack, nodes: nodes)
            let ports = site.network.ports
            let range = ports.map { "a port of \($0.lowerBound)-\($0.upperBound)" } ?? "any port"
            guard let port = ListeningTrial.port(at: address.host, ports) else {
                return tell(
                    SiteCheck(
                        "dial-back", .failed,
                        "this machine cannot listen at \(address.host) on \(range) "
                            + "(\(address.reason))",
                        remedy: ports == nil
                            ? "correct network.dialBack: it must be an address of "
                                + "this machine" : "correct network.dialBack, or widen network.ports"))
            }
            let isLocal = address.host == "localhost" || address.host.hasPrefix("127.") || address.host == "::1"
            tell(
                SiteCheck(
                    "dial-back", isLocal ? .warning : .ok,
                    "daemons would dial \(address.host), \(range) (\(address.reason)); port \(port) is free",
                    remedy: isLocal ? "that reaches no other machine; name network.dialBack if there are any" : nil))
        } catch {
            tell(SiteCheck("dial-back", .failed, error.description, remedy: "correct network.dialBack"))
        }
    }

    private func sharedDirectory(_ tell: (SiteCheck) -> Void) {
        let home = surveyor.variables["HOME"] ?? "/"
        let path = site.runtime.sharedDirectory ?? surveyor.variables["HAYATE_STATE"] ?? home + "/.hayate"
        // The nearest part of it that is there must be one in which the rest can be made.
        var place = path
        while place != "/", !place.isEmpty, access(place, F_OK) != 0 {
            place = String(place[..<(place.lastIndex(of: "/") ?? place.startIndex)])
        }
        if place.isEmpty { place = "/" }
        tell(
            access(place, W_OK | X_OK) == 0
                ? SiteCheck("directory", .ok, "\(path), for scripts and logs, can be written here")
                : SiteCheck(
                    "directory", .failed,
                    "\(path), for scripts and logs, cannot be written (\(place): "
                        + "\(String(cString: strerror(errno))))",
                    remedy: "name another one that all machines see, as runtime.sharedDirectory"))
    }
}

/// Whether this machine can listen at an address.
enum ListeningTrial {
    /// A port at which it can; nil: there is none.
    static func port(at host: String, _ ports: ClosedRange<Int>?) -> Int? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        for port in ports.map({ Array($0) }) ?? [0] {
            var list: UnsafeMutablePointer<addrinfo>?
            guard getaddrinfo(host, String(port), &hints, &list) == 0, let first = list else { return nil }
            defer { freeaddrinfo(list) }
            let descriptor = socket(
                first.pointee.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            var yes: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            guard bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0, listen(descriptor, 1) == 0
            else { continue }
            if port != 0 { return port }
            var address = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let named = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
            }
            // The port is at the same place in addresses of both families.
            return named == 0 ? Int(UInt16(bigEndian: address.sin_port)) : port
        }
        return nil
    }
}
