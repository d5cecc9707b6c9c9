import Glibc
@testable import Hayate
import HayateCluster
import HayateLaunch
import HayateTestTasks
import Testing

/// A cluster behind a login node: its scheduler is a stand-in that really starts what it is given, and its compute
/// nodes are that machine.
final class FarSite: Sendable {
    let machines: TestMachines
    /// The stand-in's table of jobs, and the site's file.
    let files: TemporaryDirectory
    var login: TestMachine { machines["login"] }

    /// - Parameters:
    ///   - lines: further lines about the cluster.
    ///   - others: further lines about the site.
    init(_ lines: [String] = [], others: [String] = []) throws {
        Self.prepare()
        machines = try TestMachines()
        files = try TemporaryDirectory()
        let commands = "\(Self.package)/Tests/Recorded/stand-ins"
        let text = [
            "schema: 1", "site: { id: far, title: A cluster behind a login node }", "clusters:", "  main:",
            "    scheduler: pbspro", "    access: { kind: ssh, host: login }",
            "    polling: { interval: 1s, accounting: 1s, grace: 20s, dialIn: 60s }",
            "    commands:",
            "      environment: { HAYATE_STAND_IN: \"\(files.path)\", "
                + "PATH: \"\(commands)/pbspro:/usr/local/bin:/usr/bin:/bin\" }",
        ] + lines.map { "    " + $0 }
            + ["profiles: { default: { walltime: 1h } }", "runtime:", "  daemon: \"\(Program.testDaemon)\""]
            + ["  environment: { SWIFT_BACKTRACE: enable=no }"] + others
        try SignalFile.write(files("far.yaml"), text.joined(separator: "\n") + "\n")
    }

    private static let package = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()

    /// Where this process's pools write down their jobs.
    nonisolated(unsafe) private static var state: String?

    private static func prepare() {
        guard state == nil else { return }
        var template = Array("/tmp/hayate-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        state = path
        setenv("HAYATE_STATE", path, 1)
        atexit {
            guard let path = FarSite.state else { return }
            rmdir(path + "/allocations")
            rmdir(path + "/jobs")
            rmdir(path)
        }
    }

    static func names(_ name: String) -> [String] { TemporaryDirectory.names(in: (state ?? "/nowhere") + "/" + name) }

    func daemons(_ count: Int) -> Daemons {
        var place = SitePlace("far", daemons: count...count)
        place.files = [files("far.yaml")]
        return Daemons.site(place).with {
            $0.connector = machines
            $0.executable = Program.testDaemon
        }
    }

    /// Runs with a pool, and checks that nothing of it is left on either side.
    func withPool<Value>(
        _ daemons: Daemons, sourceLocation: SourceLocation = #_sourceLocation, _ body: (Pool) async throws -> Value
    ) async throws -> Value {
        let value = try await withDaemons(daemons) { pool in
            do {
                return try await body(pool)
            } catch {
                Issue.record("\(pool.allocations?.sentences ?? []) \(pool.status) \(error)", sourceLocation: sourceLocation)
                throw error
            }
        }
        try await eventually("nothing runs there: \(machines.processes)", sourceLocation: sourceLocation) {
            machines.processes.isEmpty
        }
        #expect(left == [], sourceLocation: sourceLocation)
        #expect(Self.names("allocations") == [], sourceLocation: sourceLocation)
        #expect(Self.names("jobs") == [], sourceLocation: sourceLocation)
        #expect(!SignalFile.exists(files("complaints")), "\(SignalFile.lines(files("complaints")))")
        for (path, name) in [(files("jobs"), "jobs")] { Self.clear(path, name) }
        return value
    }

    /// The directories of runs that are there still.
    var left: [String] { TemporaryDirectory.names(in: login.home + "/.hayate/jobs") }

    /// The stand-in's table has directories of its own.
    private static func clear(_ path: String, _ name: String) {
        for job in TemporaryDirectory.names(in: path) {
            for file in TemporaryDirectory.names(in: "\(path)/\(job)") { unlink("\(path)/\(job)/\(file)") }
            rmdir("\(path)/\(job)")
        }
        rmdir(path)
    }

    /// How many jobs and elements the stand-in has taken.
    var jobs: [String] { TemporaryDirectory.names(in: files("jobs")).sorted() }
}

extension Pool {
    /// Waits for so many daemons that can take tasks.
    func isReady(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually("\(count) daemons", within: .seconds(60), sourceLocation: sourceLocation) {
            status.daemons.count { $0.state == .idle || $0.state == .busy } == count
        }
    }
}
