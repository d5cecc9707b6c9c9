import HayateCluster
import HayateCore
import Testing

@Suite("Reading of site files")
struct SiteReadingTests {
    @Test("every part of a site is read")
    func whole() throws {
        let site = try SiteText.profile(
            """
            schema: 1
            detect:
              - hostname: '^login\\d+\\.ex\\.org$'
              - env: { CC_CLUSTER: test }
              - command: { run: [lsid], match: 'farm22' }
            clusters:
              main:
                scheduler: sge
                access: { kind: ssh, host: login, user: ada, port: 22, proxyJump: [gate], identity: ~/.ssh/id }
                commands: { submit: [/opt/qsub, -q], timeout: 1m, environment: { SGE_ROOT: /opt/sge, NO: no } }
                submission: { via: file, rate: 6/1m, maxQueued: 100, maxArraySize: 50, arrayThrottle: 5 }
                polling: { interval: 5m, accounting: 10m, grace: 3m, dialIn: 2m }
                memory: { scope: slot, complex: h_vmem, minimum: 1GiB }
                naming: { max: 20, allow: 'A-Za-z0-9-' }
                parallelEnvironment: { name: smp, whenSlotsAbove: 0 }
                gpu: { complex: gpus, types: { a100: A100 } }
                requires: [walltime]
                accountFrom: { env: PROJECT }
                defaults: { memory: 2GiB, walltime: 1h, gpus: 'a100:2', licences: { abaqus: 3 } }
                queues:
                  all.q: { maxWalltime: 1d12h, maxMemory: 3.5TiB, priority: -3, explicit: true, accounts: [a, b] }
                preemptionGrace: 60s
            runtime:
              prologue: |
                . /etc/profile.d/modules.sh
                ulimit -n 4096
              modules: [swift/6.1]
              purgeModules: true
              walltimeMargin: 5m
            network:
              dialBack: { interface: ib0 }
              ports: 9000-9100
            profiles:
              big: { cpus: 8, daemonsPerJob: 4, minDaemons: 0, maxDaemons: 20, idleTime: 10m, queue: auto }
            site: { id: test, title: 'A test', docs: 'https://ex.org' }
            """)
        #expect(site.id == "test" && site.title == "A test" && site.documentation == "https://ex.org")
        #expect(
            site.detection == [
                .hostName("^login\\d+\\.ex\\.org$"), .environment(name: "CC_CLUSTER", value: "test"),
                .command(["lsid"], match: "farm22"),
            ])
        let cluster = try #require(site.clusters["main"])
        #expect(cluster.scheduler == .gridEngine)
        #expect(
            cluster.access
                == .ssh(host: "login", user: "ada", port: 22, proxyJump: ["gate"], identity: "~/.ssh/id"))
        #expect(cluster.commands.submit == ["/opt/qsub", "-q"] && cluster.commands.timeout == .seconds(60))
        #expect(cluster.commands.environment == ["SGE_ROOT": "/opt/sge", "NO": "no"], "no is a word and not false")
        #expect(cluster.submission.way == .file && cluster.submission.rate == Rate(6, per: .seconds(60)))
        #expect(cluster.submission.mostQueued == 100 && cluster.submission.mostElements == 50)
        #expect(cluster.polling.interval == .seconds(300) && cluster.polling.dialIn == .seconds(120))
        #expect(cluster.memory.scope == .slot && cluster.memory.minimum == .gibibytes(1))
        #expect(cluster.naming.longest == 20 && cluster.parallelEnvironment.whenSlotsAbove == 0)
        #expect(cluster.gpu.types == ["a100": "A100"] && cluster.accountVariable == "PROJECT")
        #expect(cluster.defaults.gpus == GPURequest(2, type: "a100"))
        #expect(cluster.defaults.licences == [Licence("abaqus", count: 3)])
        let queue = try #require(cluster.queues["all.q"])
        #expect(queue.maxWallTime == .seconds(129_600) && queue.priority == -3 && queue.isExplicit)
        #expect(queue.maxMemory?.bytes == 7 << 39 && queue.accounts == ["a", "b"])
        #expect(cluster.preemptionGrace == .seconds(60))
        #expect(site.runtime.prologue == [". /etc/profile.d/modules.sh", "ulimit -n 4096"])
        #expect(site.runtime.purgesModules && site.runtime.wallTimeMargin == .seconds(300))
        #expect(site.network.dialBack == .interface("ib0") && site.network.ports == 9000...9100)
        let big = try #require(site.profiles["big"])
        #expect(big.request.cpus == 8 && big.daemonsPerJob == 4 && big.minimumDaemons == 0 && big.idleTime == .seconds(600))
    }

    @Test("an empty value, and null, are as if the key were not there")
    func null() throws {
        let site = try SiteText.profile(
            "site: { id: test, title: }\nclusters: { main: { scheduler: slurm, template: null, memory: } }\nprofiles:\n")
        #expect(site.title == nil && site.clusters["main"]?.template == nil && site.profiles.isEmpty)
    }

    @Test("a time is read with its units and written in the largest", arguments: [
        ("12h", 43_200_000, "12h"), ("300s", 300_000, "5m"), ("1d12h", 129_600_000, "1d12h"), ("30m", 1_800_000, "30m"),
        ("30min", 1_800_000, "30m"), ("1.5h", 5_400_000, "1h30m"), ("500ms", 500, "500ms"), ("0s", 0, "0s"),
        ("1h30m15s", 5_415_000, "1h30m15s"),
    ] as [(String, Int, String)])
    func time(text: String, milliseconds: Int, written: String) throws {
        let time = try #require(Duration(withUnits: text))
        #expect(time == .milliseconds(milliseconds))
        #expect(time.withUnits == written)
    }

    @Test("what is no time with units is none", arguments: [
        "", "5", "1:00", "-5s", "5 s", "s", "1h1h", "1m1h", "5y", ".5h", "1e3s", "200000d", "٣s", "1h 5m", "nan", "1.2.3s",
    ])
    func noTime(text: String) {
        #expect(Duration(withUnits: text) == nil)
    }

    @Test("a path has keys between dots, and those with dots in quotes", arguments: [
        ("a.b", ["a", "b"]), ("clusters.main.queues.\"all.q\".maxCpus", ["clusters", "main", "queues", "all.q", "maxCpus"]),
        ("'a.b'", ["a.b"]),
    ])
    func path(text: String, keys: [String]) {
        #expect(SettingPath(text: text)?.keys == keys)
        #expect(SettingPath(text: SettingPath(keys).description)?.keys == keys)
    }

    @Test("what is no path is none", arguments: ["", ".", "a.", ".a", "a..b", "'a", "'a'b", "''"])
    func noPath(text: String) {
        #expect(SettingPath(text: text) == nil)
    }

    @Test("all built-in sites are good")
    func builtIn() throws {
        let catalogue = SiteCatalogue(SiteCatalogue.builtIn)
        for entry in catalogue.entries {
            #expect(throws: Never.self) { try catalogue.settings(of: entry.id) }
            #expect(entry.layers.count == 1, "\(entry.id) is in several files")
            #expect(entry.layers.first?.origin.source == "site-config/\(entry.id).yaml")
        }
        #expect(catalogue.entries.contains { $0.id == "local" })
    }
}
