// swift-tools-version: 6.2
import PackageDescription

let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let metricsTestKit = Target.Dependency.product(name: "MetricsTestKit", package: "swift-metrics")
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let inMemoryTracing = Target.Dependency.product(
    name: "InMemoryTracing", package: "swift-distributed-tracing")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let flyingSocks = Target.Dependency.product(name: "FlyingSocks", package: "FlyingFox")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "hayate",
    products: [
        .library(name: "Hayate", targets: ["Hayate"]),
        // Apart, so that nothing else needs libssh: daemons run on bare nodes.
        .library(name: "HayateSSH", targets: ["HayateSSH"]),
        .executable(name: "hayate", targets: ["HayateProgram"]),
        .executable(name: "hayate-daemon", targets: ["HayateDaemonProgram"]),
        .executable(name: "hayate-simulate", targets: ["HayateSimulate"]),
        .executable(name: "hayate-bench", targets: ["HayateBench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    ],
    targets: [
        // System libraries and what Swift cannot call by itself.
        .systemLibrary(name: "CNNG"),
        .systemLibrary(name: "CMbedTLS"),
        .systemLibrary(name: "CLibSSH"),
        .target(name: "CSystem"),

        // Pure: no clock, no randomness, no I/O, no async, no Foundation.
        .target(
            name: "HayateCore", dependencies: [collections],
            // Rounding is in libm, which only Glibc's module map would link.
            linkerSettings: [.linkedLibrary("m")]),
        .target(
            name: "HayateWire", dependencies: ["HayateCore"],
            swiftSettings: [.enableExperimentalFeature("Lifetimes")]),

        // Batch schedulers without I/O: sites, scripts, what schedulers answer, what becomes of jobs.
        .target(name: "HayateCluster", dependencies: ["HayateCore", mustache, yams]),

        // What people see of a session, without I/O: tables, the screen of a terminal, traces.
        .target(name: "HayateView", dependencies: ["HayateCore"]),

        // TLS without I/O: keys, certificates, engines.
        .target(name: "HayateTLS", dependencies: ["CMbedTLS"]),
        // WebSocket without I/O, for proxies that pass nothing else; mbedTLS for SHA-1 and Base64.
        .target(name: "HayateWebSocket", dependencies: ["CMbedTLS"]),

        // Effects.
        // What must outlive the process, in SQLite.
        .target(name: "HayateJournal", dependencies: ["HayateCore", "CSystem", grdb, sqlite]),
        // Addresses of this machine, and bytes handed on between ports: also for bare nodes.
        .target(name: "HayateNetwork", dependencies: ["HayateCore"]),
        .target(
            name: "HayateTransport", dependencies: ["HayateWire", "HayateTLS", "HayateWebSocket", "CNNG", collections]),
        .target(
            name: "HayateLaunch",
            dependencies: ["HayateCore", "HayateCluster", "HayateNetwork", "HayateTLS", "CSystem"]),
        // Other machines by SSH: connect, run, upload, tunnel.
        .target(
            name: "HayateSSH", dependencies: ["HayateCore", "HayateCluster", "HayateLaunch", "CLibSSH", "CSystem"]),
        // Requests to web services that start daemons.
        .target(name: "HayateHTTP", dependencies: ["HayateTLS"]),
        .target(
            name: "HayateDaemon",
            dependencies: [
                "HayateCore", "HayateWire", "HayateTLS", "HayateWebSocket", "HayateTransport", "HayateNetwork",
                "CSystem", log, tracing,
            ],
            swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
        .target(
            name: "Hayate",
            dependencies: [
                "HayateCore", "HayateCluster", "HayateWire", "HayateTLS", "HayateTransport", "HayateDaemon",
                "HayateNetwork", "HayateLaunch", "HayateHTTP", "HayateJournal", "HayateView", "CSystem", log, metrics,
                tracing,
            ]),
        // A session as a page in a browser.
        .target(name: "HayateDashboard", dependencies: ["HayateView", "HayateCore", flyingSocks]),

        // Programs.
        .target(
            name: "HayateCLI",
            dependencies: [
                "Hayate", "HayateSSH", "HayateCluster", "HayateDaemon", "HayateDashboard", "HayateJournal",
                "HayateLaunch", "HayateTLS", "HayateTransport", "HayateView", "HayateWire", arguments, log,
            ]),
        .executableTarget(name: "HayateProgram", dependencies: ["HayateCLI"]),
        .executableTarget(name: "HayateDaemonProgram", dependencies: ["HayateDaemon"]),
        .executableTarget(
            name: "HayateBench",
            dependencies: [
                "Hayate", "HayateSSH", "HayateCluster", "HayateJournal", "HayateLaunch", "HayateTransport", "HayateTLS",
                "CSystem", "CNNG",
            ]),
        .executableTarget(
            name: "NileExample", dependencies: ["Hayate"], path: "examples/nile/Sources"),

        // Never shipped: a seeded world for the pure modules.
        .target(name: "HayateSimulation", dependencies: ["HayateCore", "HayateWire", "HayateTLS"]),
        .executableTarget(name: "HayateSimulate", dependencies: ["HayateSimulation"]),

        .testTarget(name: "CoreTests", dependencies: ["HayateCore"]),
        .testTarget(
            name: "JournalTests",
            dependencies: ["HayateJournal", "HayateCore", "CSystem", "HayateTestRecords", "hayate-test-session-journal"],
            exclude: ["Faults/faults.c"]),
        // What they write, with a model of what must be there then; and a writer for them to kill.
        .target(
            name: "HayateTestRecords", dependencies: ["HayateJournal", "HayateCore"], path: "Tests/HayateTestRecords"),
        .executableTarget(
            name: "hayate-test-session-journal", dependencies: ["HayateJournal", "HayateTestRecords"],
            path: "Tests/HayateTestSessionJournal"),
        .testTarget(name: "ViewTests", dependencies: ["HayateView", "HayateCore"], exclude: ["Golden"]),
        .testTarget(
            name: "DashboardTests", dependencies: ["HayateDashboard", "HayateView", "HayateCore"],
            exclude: ["Partner"]),
        .testTarget(name: "ClusterTests", dependencies: ["HayateCluster"], exclude: ["Golden"]),
        .testTarget(name: "WireTests", dependencies: ["HayateWire"]),
        .testTarget(
            name: "SimulationTests", dependencies: ["HayateSimulation"], exclude: ["seeds.txt"]),
        .testTarget(name: "TLSTests", dependencies: ["HayateTLS"]),
        .testTarget(name: "WebSocketTests", dependencies: ["HayateWebSocket"], exclude: ["Partner"]),
        .testTarget(
            name: "TransportTests", dependencies: ["HayateTransport", "HayateTLS", "HayateWebSocket"],
            exclude: ["Partner"]),
        .testTarget(
            name: "LaunchTests",
            dependencies: ["HayateLaunch", "HayateCluster", "HayateCore", "CSystem", "hayate-test-journal"]),
        // A host for them to kill.
        .executableTarget(
            name: "hayate-test-journal", dependencies: ["HayateLaunch", "HayateCluster"],
            path: "Tests/HayateTestJournal"),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "HayateDaemon", "HayateLaunch", "HayateCluster", "HayateNetwork", "HayateCore", "CSystem",
                "HayateDaemonProgram",
            ]),
        .testTarget(
            name: "CLITests",
            dependencies: [
                "HayateCLI", "Hayate", "HayateSSH", "HayateCluster", "HayateDaemon", "HayateLaunch", "HayateTLS",
                "HayateView", "HayateWire", log,
            ]),
        .testTarget(
            name: "HayateTests",
            dependencies: [
                "Hayate", "HayateCluster", "HayateLaunch", "HayateTLS", "HayateWire", "HayateTestTasks",
                "hayate-test-daemon", "HayateDaemonProgram", "HayateProgram", inMemoryTracing, metricsTestKit, metrics, tracing,
            ],
            exclude: ["Partner"]),
        // What adversaries try, by the numbers of docs/threat-model.md.
        .testTarget(
            name: "SecurityTests",
            dependencies: [
                "Hayate", "HayateCore", "HayateDaemon", "HayateTLS", "HayateTransport", "HayateWire", "HayateLaunch",
                "CSystem", "HayateTestTasks", "hayate-test-daemon", "HayateProgram",
            ]),
        // What the tests run in other processes, and the program that those processes are.
        .target(
            name: "HayateTestTasks", dependencies: ["Hayate", inMemoryTracing, tracing],
            path: "Tests/HayateTestTasks"),
        .executableTarget(
            name: "hayate-test-daemon",
            dependencies: [
                "Hayate", "HayateCluster", "HayateDaemon", "HayateLaunch", "HayateTestTasks", "HayateWire",
            ],
            path: "Tests/HayateTestDaemon"),
        // Pools on real schedulers of testbed/, and on stand-ins for those that cannot be had.
        .testTarget(
            name: "SchedulerTests",
            dependencies: [
                "Hayate", "HayateCluster", "HayateLaunch", "HayateTestTasks", "hayate-test-daemon", "HayateProgram",
            ]),
        // Against real OpenSSH servers of testbed/: connections, keys, files, tunnels.
        .testTarget(name: "SSHTests", dependencies: ["HayateSSH", "HayateLaunch", "HayateCluster", "CLibSSH", "CSystem"]),
        .testTarget(name: "HTTPTests", dependencies: ["HayateHTTP", "HayateTLS"], exclude: ["Partner"]),
        // Pools on other machines, through real OpenSSH servers and web services.
        .testTarget(
            name: "RemoteTests",
            dependencies: [
                "Hayate", "HayateSSH", "HayateHTTP", "HayateCluster", "HayateLaunch", "HayateTestTasks",
                "hayate-test-daemon", "HayateProgram", "HayateDaemonProgram",
            ]),
        // Sessions that are killed, started again, detached from and asked, as their users would.
        .testTarget(
            name: "SessionTests",
            dependencies: [
                "Hayate", "HayateJournal", "HayateView", "HayateCore", "HayateWire", "HayateTransport", "HayateDaemon",
                "HayateLaunch", "CSystem", "HayateTestTasks", "hayate-test-daemon", "HayateProgram", "HayateDaemonProgram",
            ]),
        // Starts the program itself, which therefore must be built.
        .testTarget(name: "EndToEndTests", dependencies: ["HayateProgram", "CSystem"]),
    ],
    swiftLanguageModes: [.v6]
)
