import Glibc
import Hayate
import HayateTestTasks

// The program that tests start: a daemon when it is marked as one, else what its first argument
// says.

enterHayate(
    onDaemon: { if getenv("HAYATE_TEST_TRACING") != nil { Recording.begin() } },
    onDaemonEnd: { Recording.leave() })
let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case "host": try await HostMode.run(name: arguments[1])
case "pools": try await PoolsMode.run(count: Int(arguments[1]) ?? 0)
case "remote-host": try await RemoteHostMode.run(home: arguments[1])
case "drop": try await DropMode.run(count: Int(arguments[1]) ?? 0)
case "profiles": try await ProfilesMode.run(directory: arguments[1])
case "launch": try await LaunchMode.run()
case "relay": try await LaunchMode.relay(to: arguments[1], count: Int(arguments[2]) ?? 1)
case "network": try await NetworkMode.run(at: arguments[1], keyFile: arguments[2], gate: arguments[3])
case "secrets": try await SecretsMode.run(keyFile: arguments[1], release: arguments[2])
case "session":
    try await SessionMode.run(
        directory: arguments[1], name: arguments[2], daemons: Int(arguments[3]) ?? 2, lease: Int(arguments[4]) ?? 60_000,
        site: arguments.count > 5 ? arguments[5] : nil)
case "fleet": try FleetMode.run(url: arguments[1], count: Int(arguments[2]) ?? 0, keyFile: arguments[3])
case "connect": ConnectMode.run(user: uid_t(arguments[1]) ?? 0, path: arguments[2])
default:
    say("usage: hayate-test-daemon host NAME | pools COUNT | remote-host HOME | drop COUNT | profiles DIRECTORY | launch | relay URL COUNT | network URL KEYFILE GATE | secrets KEYFILE RELEASE | session DIRECTORY NAME COUNT LEASE [SITE] | fleet URL COUNT KEYFILE | connect USER PATH")
    exit(64)
}
