import Glibc
import Hayate
import HayateCluster
import HayateTestTasks
import Testing

extension RealSchedulers {
    @Suite("Stand-ins for schedulers that cannot be had here", .serialized)
    struct StandIns {
        /// Their commands, and how others cancel an element of an array.
        enum Kind: String, CaseIterable, CustomTestStringConvertible {
            case pbsPro = "pbspro"
            case torque
            case lsf

            var testDescription: String { rawValue }
            var scheduler: SchedulerKind { SchedulerKind(rawValue: rawValue)! }
            var cancel: String { self == .lsf ? "bkill" : "qdel" }
        }

        @Test("Daemons in jobs of a stand-in join, and those that others cancel are replaced", arguments: Kind.allCases)
        func wholePath(kind: Kind) async throws {
            Place.prepare()
            let files = try TemporaryDirectory()
            let commands = "\(Testbed.package)/Tests/Recorded/stand-ins"
            let variables = [
                "HAYATE_STAND_IN": files.path, "PATH": "\(commands)/\(kind.rawValue):/usr/local/bin:/usr/bin:/bin",
            ]
            let cluster = Cluster(
                testbed: Testbed(name: "none", environment: [:]), kind: kind.scheduler, variables: variables)
            try cluster.site("standin-\(kind.rawValue)")
            try await cluster.withPool(cluster.daemons("standin-\(kind.rawValue)", 4), endings: .areKept) { pool in
                try await pool.hasDaemons(4)
                let sums = try await pool.map((0..<200).map { Add($0, 1) }).collect()
                #expect(sums == Array(1...200))
                let element = try #require(pool.allocations?.rows.dropFirst().first?.element)
                // As the scheduler's own command takes it.
                let number = element.job.text.prefix { $0.isNumber }
                try await cluster.run(kind.cancel, "\(number)[\(element.index ?? 0)]")
                let ends = try await pool.ends("cancelled by others") { _ in true }
                say(ends[0].text)
                #expect(ends[0].job.contains("\(number)"), "\(ends[0].text)")
                try await pool.hasDaemons(4)
                #expect(try await cluster.queue().count == 4)
            }
            #expect(!SignalFile.exists(files("complaints")), "\(Files.text(files("complaints")))")
        }
    }
}
