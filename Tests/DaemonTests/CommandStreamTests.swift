import Glibc
import HayateCore
import HayateDaemon
import Testing

@Suite struct CommandStreamTests {
    @Test func `Ten megabytes go in and come out as they are`() throws {
        let bytes = (0..<10_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let command = Command("cat").standardInput(.bytes(bytes))
            .standardOutput(.capture(limit: 20_000_000))
        let result = try run(command)
        #expect(result.standardOutput.bytes == bytes)
        #expect(!result.standardOutput.isTruncated)
        #expect(try run(Command("wc", "-c")).standardOutput.text == "0\n")
        // A program that reads none of it ends as any other.
        #expect(try run(Command("true").standardInput(.bytes(bytes))).succeeded)
    }

    @Test func `Output beyond the limit is counted and dropped`() throws {
        let result = try run(
            Command("head", "-c", "10000000", "/dev/zero")
                .standardOutput(.capture(limit: 1_000)))
        #expect(result.standardOutput.bytes == [UInt8](repeating: 0, count: 1_000))
        #expect(result.standardOutput.totalCount == 10_000_000)
        #expect(result.standardOutput.isTruncated && result.standardOutput.isIncomplete)
        #expect(result.standardOutput.spillPath == nil)
        #expect(!result.standardError.isTruncated)
        #expect(
            try run(shell("echo abc").standardOutput(.capture(limit: -1)))
                .standardOutput.totalCount == 4)
    }

    @Test func `Output beyond the limit is complete in the spill file`() throws {
        let directory = try TemporaryDirectory()
        let result = try run(
            Command("seq", "1500000").standardOutput(.capture(limit: 4_321))
                .spilling(into: directory.path))
        let expected = (1...1_500_000).reduce(into: [UInt8]()) { bytes, number in
            bytes.append(contentsOf: String(number).utf8)
            bytes.append(UInt8(ascii: "\n"))
        }
        let path = try #require(result.standardOutput.spillPath)
        #expect(path.hasPrefix(directory.path + "/stdout-"))
        #expect(try contents(of: path) == expected)
        #expect(result.standardOutput.bytes == Array(expected[..<4_321]))
        #expect(result.standardOutput.totalCount == UInt64(expected.count))
        #expect(result.standardOutput.isTruncated && !result.standardOutput.isIncomplete)
        #expect(result.standardError.spillPath == nil)
        #expect(TemporaryDirectory.names(in: directory.path).count == 1)
    }

    @Test func `A spill that fails is told and the command goes on`() throws {
        let result = try run(
            Command("seq", "100000").standardOutput(.capture(limit: 10))
                .spilling(into: "/nowhere"))
        #expect(result.succeeded)
        #expect(try #require(result.standardOutput.spillFailure).contains("/nowhere"))
        #expect(result.standardOutput.isIncomplete)
        #expect(result.standardOutput.totalCount == 588_895)
    }

    @Test func `Floods on both streams at once do not block each other`() throws {
        let command = shell(
            """
            i=0
            while [ $i -lt 40 ]; do
                head -c 100000 /dev/zero; head -c 100000 /dev/zero >&2; i=$((i+1))
            done
            """
        ).standardInput(.bytes([UInt8](repeating: 7, count: 1_000_000)))
        let result = try run(command)
        #expect(result.succeeded)
        #expect(result.standardOutput.totalCount == 4_000_000)
        #expect(result.standardError.totalCount == 4_000_000)
        #expect(result.standardOutput.bytes.count == Command.defaultCaptureLimit)
    }

    @Test func `Output is handed on as it comes`() throws {
        var seen: [CommandStream: [UInt8]] = [:]
        let result = try CommandRunner.run(
            shell("echo one; echo two >&2; echo three"), stop: StopSignal()
        ) { stream, bytes in
            seen[stream, default: []].append(contentsOf: bytes)
        }
        #expect(seen[.standardOutput] == result.standardOutput.bytes)
        #expect(seen[.standardError] == Array("two\n".utf8))
        #expect(result.standardOutput.text == "one\nthree\n")
    }

    @Test func `Discarded streams are not in the result`() throws {
        let result = try run(
            shell("echo one; echo two >&2").standardOutput(.discard).standardError(.discard))
        #expect(result.succeeded)
        #expect(result.standardOutput == CapturedOutput())
        #expect(result.standardError == CapturedOutput())
    }

    @Test func `Five hundred runs leave no descriptor and no zombie`() throws {
        let before = openProcessDescriptors()
        let command = Command("true").standardInput(.bytes([1]))
        for _ in 0..<500 { #expect(try run(command).succeeded) }
        #expect(openProcessDescriptors() < before + 100)
        #expect(becomesTrue { zombieLeaders() == 0 })
    }
}
