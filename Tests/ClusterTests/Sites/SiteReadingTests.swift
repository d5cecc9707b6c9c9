import Foundation
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
        #expect(
            big.request.cpus == 8 && big.daemonsPerJob == 4 && big.minimumDaemons == 0 && big.idleTime == .seconds(600))
    }

    @Test("an empty value, and null, are as if the key were not there")
    func null() throws {
        let site = try SiteText.profile(
            "site: { id: test, title: }\nclusters: { main: { scheduler: slurm, template: null, memory: } }\nprofiles:\n"
        )
        #expect(site.title == nil && site.clusters["main"]?.template == nil && site.profiles.isEmpty)
    }

    @Test(
        "a time is read with its units and written in the largest",
        arguments: [
            ("12h", 43_200_000, "12h"), ("300s", 300_000, "5m"), ("1d12h", 129_600_000, "1d12h"),
            ("30m", 1_800_000, "30m"),
            ("30min", 1_800_000, "30m"), ("1.5h", 5_400_000, "1h30m"), ("500ms", 500, "500ms"), ("0s", 0, "0s"),
            ("1h30m15s", 5_415_000, "1h30m15s"),
        ] as [(String, Int, String)])
    func time(text: String, milliseconds: Int, written: String) throws {
        let time = try #require(Duration(withUnits: text))
        #expect(time == .milliseconds(milliseconds))
        #expect(time.withUnits == written)
    }

    @Test(
        "what is no time with units is none",
        arguments: [
            "", "5", "1:00", "-5s", "5 s", "s", "1h1h", "1m1h", "5y", ".5h", "1e3s", "200000d", "٣s", "1h 5m", "nan",
            "1.2.3s",
        ])
    func noTime(text: String) {
        #expect(Duration(withUnits: text) == nil)
    }

    @Test(
        "a path has keys between dots, and those with dots in quotes",
        arguments: [
            ("a.b", ["a", "b"]),
            ("clusters.main.queues.\"all.q\".maxCpus", ["clusters", "main", "queues", "all.q", "maxCpus"]),
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

    @Test("the examples of docs/sites.md are good, also over what is built in")
    func examples() throws {
        let page = try String(
            contentsOf: BuiltInFileTests.root.appendingPathComponent("docs/sites.md"), encoding: .utf8)
        let blocks = page.components(separatedBy: "```yaml\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(blocks.count >= 6)
        for block in blocks {
            let node = try SettingFile.read(block, source: "sites.md", layer: .administrator)
            guard case .scalar(let id)? = node["site"]?["id"]?.content else {
                Issue.record("an example without a site: \(block)")
                continue
            }
            // One that holds only what differs stands on what is built in, or on the first example.
            let first = SiteCatalogue.File(.builtIn, "first.yaml", text: blocks[0])
            let files = SiteCatalogue.builtIn + [first, .init(.administrator, "sites.md", text: block)]
            #expect(throws: Never.self, "\(block)") { try SiteCatalogue(files).settings(of: id) }
        }
    }

    @Test("what is shown of a site reads as the same site")
    func shown() throws {
        let catalogue = SiteCatalogue(SiteCatalogue.builtIn)
        for entry in catalogue.entries {
            let settings = try catalogue.settings(of: entry.id)
            let again = SiteCatalogue([.init(.user, "again.yaml", text: settings.tree.yaml())])
            #expect(try again.settings(of: entry.id).profile == settings.profile)
        }
    }
}

@Suite("Requests from text")
struct RequestReadingTests {
    /// A request from options, each by its name in sites' files.
    private func request(_ fields: [(String, String)]) throws(SettingFaults) -> JobRequest {
        let names = ["tasksPerNode": "--tasks-per-node"]
        let options = fields.map { name, value in
            RequestSource.Option(names[name] ?? "--\(name)", SettingPath([name]), value)
        }
        return try RequestSource(options: options).request
    }

    @Test("options are read as sites' files are, and their faults name the option")
    func options() throws {
        let made = try request([
            ("walltime", "12h"), ("gpus", "a100:2"), ("tasksPerNode", "4"), ("queue", "auto"),
        ])
        #expect(made.wallTime == .seconds(43_200) && made.gpus == GPURequest(2, type: "a100"))
        #expect(made.tasksPerNode == 4 && made.queue == "auto")
        #expect(
            throws: SettingFaults([
                ClusterError(
                    "walltime is '12', which has no unit; write 12s, 12m or 12h, or several as 1d12h",
                    at: "--walltime"),
                ClusterError("tasksPerNode is '0', but must be at least 1", at: "--tasks-per-node"),
            ])
        ) { try request([("walltime", "12"), ("tasksPerNode", "0")]) }
    }

    @Test("a file holds a request, with array and dependencies")
    func file() throws {
        func read(_ text: String) throws(SettingFaults) -> JobRequest {
            try RequestSource(text: text, source: "request.yaml").request
        }
        let request = try read(
            "name: sweep\nmemory: 4GiB\narray: { count: 100, throttle: 10 }\n"
                + "dependencies: { afterOK: [12, '13[].pbs'] }\n")
        #expect(request.array == ArrayRequest(100, throttle: 10) && request.memory == .gibibytes(4))
        #expect(request.dependencies == [JobDependency(.afterOK, [JobID("12"), JobID("13[].pbs")])])
        #expect(
            throws: SettingFaults([
                ClusterError("there is no key 'wallTime'; did you mean 'walltime'?", at: "request.yaml:1")
            ])
        ) {
            try read("wallTime: 1h\n")
        }
        #expect(
            throws: SettingFaults([
                ClusterError("array must say 'count', as in { count: 100, throttle: 10 }", at: "request.yaml:1"),
                ClusterError(
                    "dependencies has 'afterOk', which is no condition; it may be after, afterAny, afterOK, "
                        + "afterNotOK, "
                        + "afterCorresponding", at: "request.yaml:2"),
            ])
        ) { try read("array: { throttle: 1 }\ndependencies: { afterOk: [1] }\n") }
    }
}

@Suite("Recognition of sites")
struct DetectionRuleTests {
    @Test("a site whose only file has a fault is recognised all the same, so that the fault is told where it is")
    func faulty() {
        let text = "schema: 1\nsite: { id: own }\ndetect:\n  - hostname: '^login'\nclusters: { main: { poling: {} } }\n"
        let catalogue = SiteCatalogue([.init(.user, "own.yaml", text: text)])
        #expect(throws: SettingFaults.self) { try catalogue.settings(of: "own") }
        #expect(catalogue.detection(of: "own") == [.hostName("^login")])
    }

    @Test("a rule fits by any of the machine's names, a variable, or a line that a command prints")
    func rules() {
        let names = ["login3", "login3.ex.org"]
        #expect(DetectionRule.hostName("^login\\d+\\.ex\\.org$").fits(hostNames: names, variables: [:]) == true)
        #expect(DetectionRule.hostName("^login\\d$").fits(hostNames: names, variables: [:]) == true)
        #expect(DetectionRule.hostName("^ex").fits(hostNames: names, variables: [:]) == false)
        let variable = DetectionRule.environment(name: "A", value: "b")
        #expect(variable.fits(hostNames: [], variables: ["A": "b"]) == true)
        #expect(variable.fits(hostNames: [], variables: ["A": "bb"]) == false)
        #expect(DetectionRule.environment(name: "A", value: "*").fits(hostNames: [], variables: ["A": ""]) == true)
        #expect(DetectionRule.environment(name: "A", value: "*").fits(hostNames: [], variables: [:]) == false)
        let command = DetectionRule.command(["lsid"], match: "^My cluster name is farm22$")
        #expect(command.fits(hostNames: names, variables: [:]) == nil)
        #expect(command.command?.words == ["lsid"] && command.command?.timeLimit == .seconds(5))
        let output = "LSF 10\nMy cluster name is farm22\n"
        #expect(command.fits(CommandAnswer(.process(.exited(code: 0)), output: output)))
        #expect(!command.fits(CommandAnswer(.process(.exited(code: 1)), output: output)))
        #expect(!command.fits(CommandAnswer(.timedOut, output: output)))
        #expect(!command.fits(CommandAnswer(.notStarted("no such file"))))
    }
}
