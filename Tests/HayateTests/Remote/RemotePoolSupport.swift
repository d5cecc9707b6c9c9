import Glibc
import Hayate
import HayateLaunch
import HayateTestTasks
import Synchronization
import Testing

extension TestMachines {
    /// A pool on some of them.
    func daemons(
        _ hosts: [String], _ count: Int = 1, patience: Duration = .seconds(20),
        program: RemoteProgram = .installed(Program.testDaemon)
    ) -> Daemons {
        var place = RemotePlace(hosts, daemonsPerHost: count, by: self)
        place.program = program
        place.patience = patience
        return Daemons.remote(place).with { $0.environment["SWIFT_BACKTRACE"] = "enable=no" }
    }

    /// Runs `body` with a pool, and checks that nothing is left of it on the machines.
    func withPool<Value>(
        _ daemons: Daemons, sourceLocation: SourceLocation = #_sourceLocation, _ body: (Pool) async throws -> Value
    ) async throws -> Value {
        let value: Value
        do {
            value = try await withDaemons(daemons) { try await body($0) }
        } catch {
            checkThatNothingIsLeft(sourceLocation)
            throw error
        }
        checkThatNothingIsLeft(sourceLocation)
        return value
    }

    func checkThatNothingIsLeft(_ sourceLocation: SourceLocation = #_sourceLocation) {
        let processes = processes
        #expect(processes.isEmpty, "processes are left: \(processes)", sourceLocation: sourceLocation)
        let remains = remains
        #expect(remains.isEmpty, "files are left: \(remains)", sourceLocation: sourceLocation)
    }

    /// The command lines of all processes whose home is on one of them.
    var processes: [String] {
        ProcessList.all.filter { ProcessList.variables($0).contains { $0.hasPrefix("HOME=\(directory.path)/") } }
            .filter { isAlive($0) }.map { "\($0): " + ProcessList.words($0).joined(separator: " ") }
    }
}

/// What `/proc` says of processes.
enum ProcessList {
    static var all: [Int32] { TemporaryDirectory.names(in: "/proc").compactMap { Int32($0) } }
    static func words(_ process: Int32) -> [String] { strings("/proc/\(process)/cmdline") }
    static func variables(_ process: Int32) -> [String] { strings("/proc/\(process)/environ") }

    private static func strings(_ path: String) -> [String] {
        let text = SignalFile.lines(path).joined(separator: "\n")
        return text.split(separator: "\0").map(String.init)
    }
}

extension Pool {
    /// Which machine of the test's own each daemon runs on, by the process's number.
    var homes: [Int32: String] {
        var homes: [Int32: String] = [:]
        for row in status.daemons {
            let process = Int32(row.process)
            let home = ProcessList.variables(process).first { $0.hasPrefix("HOME=") }
            homes[process] = home.flatMap { $0.split(separator: "/").last.map(String.init) } ?? "nowhere"
        }
        return homes
    }
}
