import Foundation
import Testing

@testable import HayateLaunch

@Suite("What a program needs, from its file") struct ELFTests {
    private func needs(_ bytes: [UInt8]) throws(ELFError) -> ProgramNeeds { try ELFReader.needs(of: ELFBytes(bytes)) }

    @Test("A program of this machine needs this processor, its loader, the C library, and no newer one")
    func systemProgram() throws {
        let needs = try needs(Array(try Data(contentsOf: URL(fileURLWithPath: "/bin/sh"))))
        #if arch(x86_64)
        #expect(needs.processor.name == "x86_64")
        #else
        #expect(needs.processor.name == "aarch64")
        #endif
        let interpreter = try #require(needs.interpreter)
        #expect(access(interpreter, X_OK) == 0)
        #expect(needs.libraries.contains("libc.so.6"))
        let version = try #require(needs.glibc)
        let here = try #require(glibcHere)
        #expect(version <= here && version >= GlibcVersion("2.2")!)
    }

    @Test("These tests need libraries, and say where those of Swift are")
    func ownProgram() throws {
        let program = try LocalProgram.read("/proc/self/exe")
        let directories = program.needs.libraryDirectories
        #expect(program.needs.libraries.contains { $0.contains("swiftCore") } || directories.isEmpty)
        #expect(directories.allSatisfy { $0.hasPrefix("/") })
        #expect(program.digest.utf8.count == 64)
        #expect(try LocalProgram.read("/proc/self/exe") == program)
    }

    @Test("Everything that a file says is read")
    func everything() throws {
        let bytes = SmallProgram.bytes(
            processor: 183, interpreter: "/lib/ld-linux-aarch64.so.1", libraries: ["libnng.so.1", "libc.so.6"],
            versions: ["GLIBC_2.17", "GLIBC_2.36", "GLIBC_2.4", "GLIBC_PRIVATE", "GCC_3.0"],
            directories: "$ORIGIN:/opt/swift/lib:/usr/lib/é:relative")
        var expected = ProgramNeeds(processor: .arm, interpreter: "/lib/ld-linux-aarch64.so.1")
        expected.libraries = ["libnng.so.1", "libc.so.6"]
        expected.libraryDirectories = ["/opt/swift/lib", "/usr/lib/é"]
        expected.glibc = GlibcVersion("2.36")
        #expect(try needs(bytes) == expected)
    }

    @Test("Packed relocations need the version that knew them first")
    func packedRelocations() throws {
        let program = SmallProgram.bytes(versions: ["GLIBC_2.4", "GLIBC_ABI_DT_RELR"])
        #expect(try needs(program).glibc == GlibcVersion("2.36"))
    }

    @Test("Versions are numbers, and not text", arguments: [("2.9", "2.28"), ("2.2.5", "2.3"), ("2.36", "2.36.1")])
    func versions(_ older: String, _ newer: String) throws {
        #expect(try #require(GlibcVersion(older)) < #require(GlibcVersion(newer)))
    }

    @Test("What is no version is none", arguments: [
        "", "2", "2.", "2.x", "2.36-9", "2.36.1.2", "2.99999", "-2.3", "２.3",
    ])
    func noVersion(_ text: String) {
        #expect(GlibcVersion(text) == nil)
    }

    @Test("A version is found in what programs say of it", arguments: [
        ("glibc 2.36", "2.36"), ("ldd (Debian GLIBC 2.36-9+deb12u13) 2.36", "2.36"), ("ldd (GNU libc) 2.28", "2.28"),
        ("GNU C Library (Ubuntu GLIBC 2.35-0ubuntu3.8) stable release version 2.35.", "2.35"),
        ("GNU C Library stable release version 2.12, by Roland McGrath et al.", "2.12"),
    ])
    func saidVersion(_ line: String, _ version: String) {
        #expect(MachineFacts.version(line) == GlibcVersion(version))
    }

    @Test("What is no whole program of 64 bits is refused, and the sentence says what it is", arguments: [
        ([], "no program"), (Array("#!/bin/sh\n".utf8) + [UInt8](repeating: 10, count: 100), "script"),
        ([UInt8](repeating: 0, count: 100), "no program of Linux"),
    ] as [([UInt8], String)])
    func noProgram(_ bytes: [UInt8], _ words: String) {
        #expect { try needs(bytes) } throws: { "\(($0 as? ELFError)?.reason ?? "")".contains(words) }
    }

    @Test("Another class, another order of bytes and an object file are refused", arguments: [(4, 1), (5, 2), (16, 1)])
    func otherKinds(_ offset: Int, _ value: UInt8) {
        var bytes = SmallProgram.bytes()
        bytes[offset] = value
        #expect(throws: ELFError.self) { try needs(bytes) }
    }

    @Test("A program that was cut off is refused, wherever it was cut")
    func truncated() throws {
        let bytes = SmallProgram.bytes(libraries: ["libnng.so.1", "libc.so.6"])
        #expect(try needs(bytes).libraries.count == 2)
        for count in 0..<bytes.count {
            #expect(throws: ELFError.self, "\(count)") { try needs(Array(bytes.prefix(count))) }
        }
    }

    @Test("Damaged bytes never lead outside, into a circle, or to endless names")
    func damaged() {
        let good = SmallProgram.bytes(libraries: ["libnng.so.1", "libc.so.6"], directories: "/a:/b")
        var refused = 0
        for position in good.indices {
            for value in [0, 1, 0x7f, 0xff, good[position] ^ 0x80] as [UInt8] {
                var bytes = good
                bytes[position] = value
                if (try? needs(bytes)) == nil { refused += 1 }
            }
        }
        #expect(refused > 100)
    }

    @Test("A chain of versions that is longer than any is refused")
    func longChain() {
        let versions = (0..<5000).map { "GLIBC_2.\($0)" }
        #expect(throws: ELFError.self) { try needs(SmallProgram.bytes(versions: versions)) }
    }
}
