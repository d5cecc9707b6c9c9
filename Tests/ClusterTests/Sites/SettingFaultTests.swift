import HayateCluster
import Testing

@Suite("Faults of site files")
struct SettingFaultTests {
    /// What follows `clusters: main:` with its scheduler, and the one sentence that it earns.
    static let sentences: [(String, String)] = [
        // Keys.
        (
            "    scheduler: slurm\n    poling: { interval: 60s }",
            "user.yaml:5: there is no key 'clusters.main.poling'; did you mean 'polling'?"
        ),
        (
            "    scheduler: slurm\n    polling: { zzzzzzzz: 60s }",
            "user.yaml:5: there is no key 'clusters.main.polling.zzzzzzzz'; the keys here are interval, accounting, "
                + "grace, dialIn"
        ),
        // Units.
        (
            "    scheduler: slurm\n    polling: { interval: 60 }",
            "user.yaml:5: clusters.main.polling.interval is '60', which has no unit; write 60s, 60m or 60h, or "
                + "several as 1d12h"
        ),
        (
            "    scheduler: slurm\n    defaults: { walltime: 12:30:00 }",
            "user.yaml:5: clusters.main.defaults.walltime is '12:30:00', which means hours to some and minutes to "
                + "others; "
                + "write it with units, as 12h30m"
        ),
        (
            "    scheduler: slurm\n    defaults: { walltime: soon }",
            "user.yaml:5: clusters.main.defaults.walltime is 'soon', which is no length of time; "
                + "write it as 300s, 30m, 12h or 1d12h, at most 100 years"
        ),
        (
            "    scheduler: slurm\n    defaults: { walltime: 0s }",
            "user.yaml:5: clusters.main.defaults.walltime is '0s', but must be more than nothing"
        ),
        (
            "    scheduler: slurm\n    defaults: { walltime: 1500ms }",
            "user.yaml:5: clusters.main.defaults.walltime is '1500ms', but schedulers count in whole seconds; leave "
                + "the rest out"
        ),
        (
            "    scheduler: slurm\n    defaults: { memory: 4 }",
            "user.yaml:5: clusters.main.defaults.memory is '4', which has no unit; write 4GiB, 4MiB or 4GB"
        ),
        (
            "    scheduler: slurm\n    defaults: { memory: much }",
            "user.yaml:5: clusters.main.defaults.memory is 'much', which is no size; write it as 4GiB, 512MiB or 230GB"
        ),
        (
            "    scheduler: slurm\n    defaults: { memory: 0GiB }",
            "user.yaml:5: clusters.main.defaults.memory is '0GiB', but must be more than nothing"
        ),
        (
            "    scheduler: slurm\n    submission: { rate: 10 }",
            "user.yaml:5: clusters.main.submission.rate is '10', which is no rate; write how many in which time, as "
                + "10/1s or 6/1m"
        ),
        // Types.
        (
            "    scheduler: slurm\n    defaults: { cpus: many }",
            "user.yaml:5: clusters.main.defaults.cpus is 'many', which is no whole number; write it as 12"
        ),
        (
            "    scheduler: slurm\n    defaults: { cpus: 0 }",
            "user.yaml:5: clusters.main.defaults.cpus is '0', but must be at least 1"
        ),
        (
            "    scheduler: slurm\n    naming: { max: 300 }",
            "user.yaml:5: clusters.main.naming.max is '300', but must be from 8 to 255"
        ),
        (
            "    scheduler: slurm\n    partitionList: yes",
            "user.yaml:5: clusters.main.partitionList is 'yes', but must be true or false"
        ),
        (
            "    scheduler: slrm",
            "user.yaml:4: clusters.main.scheduler is 'slrm', which is unknown; did you mean 'slurm'? "
                + "It may be slurm, sge, pbspro, torque, lsf, local"
        ),
        (
            "    scheduler: slurm\n    submission: { via: telepathy }",
            "user.yaml:5: clusters.main.submission.via is 'telepathy', but may be stdin, file"
        ),
        (
            "    scheduler: [slurm]",
            "user.yaml:4: clusters.main.scheduler must be a single value, and is a list"
        ),
        (
            "    scheduler: slurm\n    extraDirectives: --x",
            "user.yaml:5: clusters.main.extraDirectives must be a list, and is a single value; write [--x]"
        ),
        (
            "    scheduler: slurm\n    queues: [normal]",
            "user.yaml:5: clusters.main.queues must be a map of keys and values, and is a list"
        ),
        (
            "    scheduler: slurm\n    polling: 60s",
            "user.yaml:5: clusters.main.polling must be a map of keys and values"
        ),
        (
            "    scheduler: slurm\n    defaults: { prologue: { a: b } }",
            "user.yaml:5: clusters.main.defaults.prologue must be lines: a list of texts, or a text after '|'"
        ),
        (
            "    scheduler: slurm\n    defaults: { account: \"a\\nb\" }",
            "user.yaml:5: clusters.main.defaults.account holds a line break or another control character; write it "
                + "on one line"
        ),
        (
            "    scheduler: slurm\n    defaults: { gpus: a100 }",
            "user.yaml:5: clusters.main.defaults.gpus is 'a100', which is no number of graphics processors; "
                + "write 2, or a100:2 for a model"
        ),
        (
            "    scheduler: slurm\n    defaults: { warning: { signal: USR1 } }",
            "user.yaml:5: clusters.main.defaults.warning must say 'signal' and 'before', as in { signal: USR1, "
                + "before: 2m }"
        ),
        (
            "    scheduler: slurm\n    defaults: { mail: { events: [end] } }",
            "user.yaml:5: clusters.main.defaults.mail must say 'to': the address"
        ),
        (
            "    scheduler: slurm\n    accountFrom: { env: 1X }",
            "user.yaml:5: clusters.main.accountFrom.env is '1X', which is no name of a variable; use letters, "
                + "digits and _"
        ),
        (
            "    scheduler: slurm\n    accountFrom: {}",
            "user.yaml:5: clusters.main.accountFrom must name a variable, as in { env: SBATCH_ACCOUNT }"
        ),
        (
            "    scheduler: slurm\n    access: { kind: ssh }",
            "user.yaml:5: clusters.main.access of kind ssh must name the 'host'"
        ),
        (
            "    scheduler: slurm\n    access: { host: login }",
            "user.yaml:5: clusters.main.access names another machine, but is not of kind ssh; add 'kind: ssh'"
        ),
        (
            "    scheduler: slurm\n    access: { kind: ssh, host: -oProxyCommand=x }",
            "user.yaml:5: clusters.main.access names '-oProxyCommand=x', which would be an option of ssh; "
                + "a name does not begin with -"
        ),
        // What does not fit together.
        (
            "    access: { kind: local }",
            "user.yaml:4: clusters.main must say its 'scheduler': slurm, sge, pbspro, torque, lsf, local"
        ),
        (
            "    scheduler: slurm\n    queues:\n      a: { maxWalltime: 1h,\n        minWalltime: 12h }",
            "user.yaml:7: clusters.main.queues.a.minWalltime is 12h, but maxWalltime is 1h (user.yaml:6); swap them"
        ),
        (
            "    scheduler: slurm\n    queues: { a: { minCpus: 9, maxCpus: 2 } }",
            "user.yaml:5: clusters.main.queues.a.minCpus is 9, but maxCpus is 2 (user.yaml:5); swap them"
        ),
        (
            "    scheduler: slurm\n    queues: { a: { minMemory: 2GiB, maxMemory: 1GiB } }",
            "user.yaml:5: clusters.main.queues.a.minMemory is 2GiB, but maxMemory is 1GiB (user.yaml:5); swap them"
        ),
        (
            "    scheduler: slurm\n    queues: { a: { minNodes: 3, maxNodes: 2 } }",
            "user.yaml:5: clusters.main.queues.a.minNodes is 3, but maxNodes is 2 (user.yaml:5); swap them"
        ),
        (
            "    scheduler: slurm\n    queues: { a: { wholeNodes: true } }",
            "user.yaml:5: clusters.main.queues.a gives whole machines, and must say how many processors they have: "
                + "add 'nodeCpus'"
        ),
        (
            "    scheduler: slurm\n    queues: { a: { needsGpu: true, maxGpus: 0 } }",
            "user.yaml:5: clusters.main.queues.a.needsGpu is true, but maxGpus is 0: no job fits; raise maxGpus"
        ),
        (
            "    scheduler: slurm\n    requires: [acount]",
            "user.yaml:5: clusters.main.requires.1 is 'acount', which is unknown; did you mean 'account'? It may be "
        ),
        (
            "    scheduler: slurm\n    queues: { long: {} }\n    defaults: { queue: lang }",
            "user.yaml:6: clusters.main.defaults.queue is 'lang', which is no queue of clusters.main; did you mean "
                + "'long'? It has long"
        ),
        (
            "    scheduler: lsf\n    queues: { a: { maxWalltime: 90s } }",
            "user.yaml:5: clusters.main.queues.a.maxWalltime is 1m30s, but LSF counts in whole minutes; write 2m"
        ),
        (
            "    scheduler: pbspro\n    submission: { maxArraySize: 1 }",
            "user.yaml:5: clusters.main.submission.maxArraySize is 1, but arrays of PBS Pro have at least 2 "
                + "elements; raise it"
        ),
        (
            "    scheduler: slurm\n    memory: { complex: h_vmem }",
            "user.yaml:5: clusters.main.memory.complex is for Grid Engine, but the scheduler is slurm; leave it out"
        ),
        (
            "    scheduler: sge\n    gpu: { directive: gres }",
            "user.yaml:5: clusters.main.gpu.directive is 'gres', which Grid Engine does not have; write complex"
        ),
        (
            "    scheduler: slurm\n    gpu: { types: { a100: A100 } }\n    defaults: { gpus: 'h100:1' }",
            "user.yaml:6: clusters.main.defaults.gpus asks for 'h100', which is not among clusters.main.gpu.types: a100"
        ),
        (
            "    scheduler: slurm\nnetwork: { ports: 9100-9000 }",
            "user.yaml:5: network.ports is '9100-9000', which is an empty range; write 9000-9100"
        ),
        (
            "    scheduler: slurm\nnetwork: { ports: 0-70000 }",
            "user.yaml:5: network.ports is '0-70000', which is no range of ports; write it as 9000-9100, from 1 to "
                + "65535"
        ),
        (
            "    scheduler: slurm\nnetwork: { dialBack: { cidr: 10.0.0.0 } }",
            "user.yaml:5: network.dialBack.cidr is '10.0.0.0', which is no network; write it as 10.0.0.0/8 or fd00::/8"
        ),
        (
            "    scheduler: slurm\nnetwork: { dialBack: { cidr: 10.0.0.0/8, host: a } }",
            "user.yaml:5: network.dialBack must be one of route, interface, cidr and host"
        ),
        (
            "    scheduler: slurm\nnetwork: { protocol: tcp }",
            "user.yaml:5: network.protocol is 'tcp', but the machines of main are others; write tls+tcp or wss"
        ),
        (
            "    scheduler: slurm\ndetect: [{ hostname: '(' }]",
            "user.yaml:5: detect.1.hostname is '(', which is no regular expression ("
        ),
        (
            "    scheduler: slurm\n    naming: { allow: 'z-a' }",
            "user.yaml:5: clusters.main.naming.allow is 'z-a', which does not stand between the brackets of a "
                + "regular expression; "
                + "write it as A-Za-z0-9_.-"
        ),
        (
            "    scheduler: slurm\ndetect: [{ hostname: a, env: { A: b } }]",
            "user.yaml:5: detect.1 must be one of hostname, env and command; make a rule of each"
        ),
        (
            "    scheduler: slurm\ndetect: [{ env: { A: b, C: d } }]",
            "user.yaml:5: detect.1 must name one variable; write 'env: { CLUSTER: narval }', and a rule for each "
                + "further one"
        ),
        (
            "    scheduler: slurm\ndetect: [{ command: { run: [lsid] } }]",
            "user.yaml:5: detect.1 must say 'run' and 'match', as in { run: [lsid], match: farm22 }"
        ),
        (
            "    scheduler: slurm\nprofiles: { big: { cluster: mian } }",
            "user.yaml:5: profiles.big.cluster is 'mian', which is no cluster of the site; it has main"
        ),
        (
            "    scheduler: slurm\n    queues: { long: {} }\nprofiles: { big: { queue: short } }",
            "user.yaml:6: profiles.big.queue is 'short', which is no queue of clusters.main; "
        ),
        (
            "    scheduler: slurm\nprofiles: { big: { minDaemons: 9, maxDaemons: 3 } }",
            "user.yaml:5: profiles.big.minDaemons is 9, but maxDaemons is 3 (user.yaml:5); swap them"
        ),
        (
            "    scheduler: slurm\n  other: { scheduler: sge }\nprofiles: { big: { cpus: 2 } }",
            "user.yaml:6: profiles.big must say which 'cluster' is meant: main, other"
        ),
    ]

    @Test("each fault is one sentence with file, line and remedy", arguments: sentences)
    func sentence(lines: String, expected: String) {
        let faults = SiteText.faults(lines)
        #expect(faults.count == 1, "\(faults)")
        #expect(faults.first?.hasPrefix(expected) == true, "\(faults.first ?? "nothing") is not \(expected)")
    }

    @Test("all faults of a file are told at once, in the order of the file")
    func all() {
        let faults = SiteText.faults(
            """
                scheduler: slurm
                poling: {}
                polling: { interval: 5, grace: 1:00 }
            network: { ports: 9-1 }

            """)
        #expect(faults.map { $0.prefix(12) } == ["user.yaml:5:", "user.yaml:6:", "user.yaml:6:", "user.yaml:7:"])
    }

    @Test(
        "what is no YAML, or no map, is refused with its line",
        arguments: [
            ("a: [1, 2\nb: 3\n", "test.yaml:2: it is no YAML here: "),
            ("- a\n", "test.yaml:1: it is no map of keys and values; begin with 'schema: 1' and 'site:'"),
            (
                "site: { id: test }\na: 1\nb: 2\na: 3\n",
                "test.yaml:2: 'a' is given more than once in one map, first here; leave one of them"
            ),
            ("a+: [1]\na: [2]\n", "test.yaml:2: 'a' is given more than once in one map; leave one of them"),
            ("[a]: 1\n", "test.yaml:1: a key must be a word"),
            ("a: 1\n---\nb: 2\n", "test.yaml:2: it is no YAML here: "),
            ("a: *b\n", "test.yaml:1: it is no YAML here: "),
        ])
    func noYAML(text: String, expected: String) {
        let catalogue = SiteCatalogue([.init(.user, "test.yaml", text: text)])
        do {
            _ = try catalogue.settings(of: "test")
            Issue.record("nothing is wrong")
        } catch {
            #expect(error.faults.first?.description.hasPrefix(expected) == true, "\(error)")
        }
    }

    @Test("aliases that make few lines billions of values are refused")
    func bomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            let names = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(names)]\n"
        }
        let catalogue = SiteCatalogue([.init(.user, "test.yaml", text: text)])
        #expect(throws: SettingFaults.self) { try catalogue.settings(of: "test") }
    }

    @Test("a site of no cluster is refused, and one that nobody knows is guessed")
    func unknown() {
        #expect(
            SiteText.faults([(.user, "site: { id: test }\n")])
                == ["user.yaml:1: the site has no cluster; add 'clusters: { main: { scheduler: slurm } }'"])
        let catalogue = SiteCatalogue([.init(.user, "a.yaml", text: "site: { id: narval }\n")])
        #expect(
            throws: SettingFaults([
                ClusterError("there is no site 'narvl'; did you mean 'narval'? 'hayate site list' shows all")
            ])
        ) {
            try catalogue.settings(of: "narvl")
        }
        #expect(throws: SettingFaults([ClusterError("there is no site 'x'; 'hayate site list' shows all")])) {
            try SiteCatalogue([]).settings(of: "x")
        }
        #expect(
            SiteText.faults([(.user, "site: { id: Test 1 }\nclusters: { main: { scheduler: slurm } }\n")])
                == ["there is no site 'test'; did you mean 'Test 1'? 'hayate site list' shows all"])
        #expect(
            SiteText.faults([(.user, "schema: 2\nsite: { id: test }\nclusters: { main: { scheduler: slurm } }\n")])
                == ["user.yaml:1: schema is '2', but must be from 1 to 1"])
    }
}
