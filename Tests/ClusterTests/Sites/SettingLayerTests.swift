import HayateCluster
import Testing

@Suite("Layers of settings")
struct SettingLayerTests {
    static let base = """
        site: { id: test, title: Base }
        clusters:
          main:
            scheduler: slurm
            extraDirectives: [--one]
            polling: { interval: 2m }
            submission: { rate: 10/1m, maxQueued: 100 }
            queues:
              normal: { maxWalltime: 12h, maxCpus: 64, minCpus: 2 }
        network: { ports: 9000-9100, dialBack: { interface: ib0 } }

        """

    @Test("maps merge, single values and lists replace, key+ adds, from the weakest layer to the strongest")
    func merging() throws {
        let settings = try SiteText.settings(
            [
                // The order in which files come does not matter, their layers do.
                (
                    .project,
                    "site: { id: test }\nclusters: { main: { extraDirectives+: [--three], queues: { normal: { "
                        + "maxCpus: 8 } } } }\n"
                ),
                (.builtIn, Self.base),
                (
                    .user,
                    "site: { id: test, title: Mine }\nclusters: { main: { extraDirectives: [--two], queues: { long: "
                        + "{} } } }\n"
                ),
                (.administrator, "site: { id: test, title: Theirs }\nnetwork: { dialBack: { host: login } }\n"),
            ],
            set: ["clusters.main.queues.normal.maxWalltime=6h", "clusters.main.extraDirectives+=[--four]"])
        let site = settings.profile
        let cluster = try #require(site.clusters["main"])
        #expect(site.title == "Mine")
        #expect(cluster.extraDirectives == ["--two", "--three", "--four"])
        #expect(cluster.queues.keys.sorted() == ["long", "normal"])
        #expect(cluster.queues["normal"]?.maxCPUs == 8 && cluster.queues["normal"]?.maxWallTime == .seconds(21_600))
        #expect(cluster.polling.interval == .seconds(120))
        #expect(site.network.dialBack == .host("login"), "one way or the other, never both")
    }

    @Test("every value tells where it comes from, and what it overrides")
    func explaining() throws {
        let settings = try SiteText.settings(
            [(.builtIn, Self.base), (.user, "site: { id: test, title: Mine }\n")], set: ["network.ports=9000-9010"])
        let rows = Dictionary(uniqueKeysWithValues: settings.explain().map { ($0.path.description, $0) })
        let title = try #require(rows["site.title"])
        #expect(title.value == "Mine" && title.origin?.place == "user.yaml:1")
        #expect(title.overridden.map(\.value) == ["Base"] && title.overridden[0].origin.place == "built-in.yaml:1")
        #expect(rows["clusters.main.queues.normal.maxCpus"]?.origin?.place == "built-in.yaml:9")
        #expect(rows["network.ports"]?.origin == SettingOrigin(.commandLine, "--set"))
        #expect(rows["clusters.main.polling.grace"] == nil)
        #expect(settings.origin(of: SettingPath(["network", "dialBack"]))?.place == "built-in.yaml:10")
        let all = Dictionary(
            uniqueKeysWithValues: settings.explain(withDefaults: true).map { ($0.path.description, $0) })
        #expect(all["clusters.main.polling.grace"]?.value == "2m")
        #expect(all["clusters.main.polling.grace"]?.origin == nil)
        #expect(all["runtime.walltimeMargin"]?.value == "2m")
    }

    @Test("null in a stronger layer takes a value away")
    func null() throws {
        let settings = try SiteText.settings(
            [
                (.builtIn, Self.base),
                (.user, "site: { id: test }\nclusters: { main: { queues: { normal: { maxCpus: null } } } }\n"),
            ])
        #expect(settings.profile.clusters["main"]?.queues["normal"]?.maxCPUs == nil)
    }

    @Test(
        "settings of the command line have faults, too",
        arguments: [
            (
                "network.ports",
                "--set: 'network.ports' sets nothing; write path=value, as clusters.main.polling.interval=2m"
            ),
            (
                "a..b=1",
                "--set: 'a..b' is no path of a setting; write keys with dots between them, and keys with dots in quotes"
            ),
            ("network.prots=9000-9100", "--set: there is no key 'network.prots'; did you mean 'ports'?"),
            (
                "clusters.main.polling.interval=5",
                "--set: clusters.main.polling.interval is '5', which has no unit; write 5s, 5m or 5h, or several as "
                    + "1d12h"
            ),
            (
                "clusters.main.polling+=5s",
                "--set: clusters.main.polling+ adds to a list, and so must be one; write [5s]"
            ),
            (
                "clusters.main.scheduler+=[sge]",
                "--set: clusters.main.scheduler+ adds to a list, but clusters.main.scheduler is none; write "
                    + "'scheduler:'"
            ),
        ])
    func commandLine(text: String, expected: String) {
        #expect(SiteText.faults([(.builtIn, Self.base)], set: [text]).first == expected)
    }

    @Test("a variable holds several settings, and quotes keep a semicolon")
    func list() throws {
        let origin = SettingOrigin(.environment, "HAYATE_SITE_SET")
        let settings = try SettingOverride.list("site.title='a;b'; network.ports=1-2;", origin)
        #expect(settings.map(\.path.description) == ["site.title", "network.ports"])
        #expect(settings[0].value.content == .scalar("a;b"))
        #expect(
            throws: ClusterError(
                "'x' sets nothing; write path=value, as clusters.main.polling.interval=2m", at: "HAYATE_SITE_SET")
        ) {
            try SettingOverride.list("x", origin)
        }
    }

    // MARK: Locks

    static let locked =
        base + """
            locked: [clusters.main.queues, clusters.*.polling, clusters.main.submission, network, clusters.main.extraDirectives]

            """

    @Test(
        "what is locked may be tightened",
        arguments: [
            "clusters.main.polling.interval=5m", "clusters.main.polling.interval=2m", "clusters.main.polling.grace=10m",
            "clusters.main.queues.normal.maxWalltime=1h", "clusters.main.queues.normal.minCpus=4",
            "clusters.main.queues.normal.maxMemory=1GiB", "clusters.main.submission.rate=5/1m",
            "clusters.main.submission.maxQueued=100",
            "network.ports=9050-9060", "network.dialBack={interface: ib0}", "clusters.main.extraDirectives=[--one]",
            "site.title=Mine",
        ])
    func tightened(text: String) {
        #expect(SiteText.faults([(.administrator, Self.locked)], set: [text]) == [])
    }

    @Test(
        "what is locked may not be loosened or changed, and both places are named",
        arguments: [
            (
                "clusters.main.polling.interval=1m",
                "it may only be higher: there it is 2m (administrator.yaml:6), here 1m"
            ),
            ("clusters.main.polling.grace=1m", "it may only be higher: there it is left at 2m, here 1m"),
            (
                "clusters.main.queues.normal.maxWalltime=24h",
                "it may only be lower: there it is 12h (administrator.yaml:9), here 24h"
            ),
            (
                "clusters.main.queues.normal.maxWalltime=null",
                "it may only be lower: there it is 12h (administrator.yaml:9), here null"
            ),
            (
                "clusters.main.queues.normal.minCpus=1",
                "it may only be higher: there it is 2 (administrator.yaml:9), here 1"
            ),
            ("clusters.main.queues.normal.priority=5", "it may not be changed: there it is left at 0, here 5"),
            ("clusters.main.queues.huge.maxCpus=5", "it may not be changed: there it is not set, here 5"),
            ("clusters.main.queues=null", "it may not be changed: there it is "),
            ("clusters=null", "it may not be changed: there it is "),
            (
                "clusters.main.submission.rate=20/1m",
                "it may only be slower: there it is 10/1m (administrator.yaml:7), here 20/1m"
            ),
            (
                "clusters.main.submission.maxQueued=101",
                "it may only be lower: there it is 100 (administrator.yaml:7), here 101"
            ),
            (
                "network.ports=9000-9200",
                "it may only be a part of that range: there it is 9000-9100 (administrator.yaml:10), here 9000-9200"
            ),
            ("network.dialBack={host: a}", "it may not be changed: there it is "),
            (
                "clusters.main.extraDirectives+=[--two]",
                "it may not be changed: there it is [--one] (administrator.yaml:5), here [--two]"
            ),
            (
                "clusters.main.extraDirectives=[--two]",
                "it may not be changed: there it is [--one] (administrator.yaml:5), here [--two]"
            ),
        ])
    func violated(text: String, expected: String) {
        let faults = SiteText.faults([(.administrator, Self.locked)], set: [text])
        let sentence = faults.first ?? "nothing"
        #expect(sentence.hasPrefix("--set: "))
        #expect(sentence.contains(" is locked by administrator.yaml:11, and \(expected)"), "\(faults)")
    }

    @Test("a lock holds against files of users and projects, and not against its own layer")
    func lockedFiles() {
        let looser = "site: { id: test }\nclusters:\n  main:\n    polling: { interval: 30s }\n"
        for layer in [SettingLayer.user, .project] {
            let faults = SiteText.faults([(.administrator, Self.locked), (layer, looser)])
            #expect(
                faults.first?.hasPrefix(
                    "\(layer.title).yaml:4: clusters.main.polling.interval is locked by administrator.yaml:11") == true)
        }
        #expect(SiteText.faults([(.administrator, Self.locked), (.administrator, looser)]) == [])
        #expect(SiteText.faults([(.administrator, Self.locked), (.builtIn, looser)]) == [])
    }

    @Test("only administrators lock, and only what there is")
    func locking() {
        let lock = "site: { id: test }\nlocked: [clusters.main.polling]\n"
        #expect(
            SiteText.faults([(.builtIn, Self.base), (.user, lock)])
                == ["user.yaml:2: only the administrator's files can lock settings, not the user's; leave 'locked' out"]
        )
        #expect(
            SiteText.faults([(.administrator, Self.base + "locked: [clusters.main.poling]\n")])
                == [
                    "administrator.yaml:11: there is no setting 'clusters.main.poling' to lock; write its path, "
                        + "as clusters.main.polling.interval"
                ])
    }
}
