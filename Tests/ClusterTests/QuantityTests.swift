import HayateCluster
import Testing

@Suite("Quantities")
struct QuantityTests {
    @Test("memory is read with its unit", arguments: [
        ("4GiB", 4 << 30), ("230 GB", 230_000_000_000), ("512M", 512 << 20), ("1.5TiB", 3 << 39), ("7B", 7), ("0K", 0),
    ] as [(String, UInt64)])
    func memory(text: String, bytes: UInt64) {
        #expect(MemorySize(text: text)?.bytes == bytes)
    }

    @Test("memory without a unit, negative or too large is none", arguments: ["4", "", "-1G", "GiB", "1e40T", "x4G", "nanG"])
    func noMemory(text: String) {
        #expect(MemorySize(text: text) == nil)
    }

    @Test("memory is written in the largest unit in which it is whole")
    func written() {
        #expect(MemorySize.gibibytes(4).description == "4GiB")
        #expect(MemorySize.mebibytes(1536).description == "1536MiB")
        #expect(MemorySize(bytes: 1000).description == "1000B")
        #expect(MemorySize(bytes: 1 << 20 | 1).mebibytesRoundedUp == 2)
    }

    @Test("a daemon's launch number tells submission and place, and is no local launch")
    func launches() {
        let launch = DaemonLaunch(submission: 7, place: 4_000_000_000)
        #expect(DaemonLaunch(launch.number) == launch)
        #expect(launch.number < UInt64(Int64.max))
        #expect(DaemonLaunch(17) == nil)
        #expect(DaemonLaunch(.max) == nil)
    }
}
