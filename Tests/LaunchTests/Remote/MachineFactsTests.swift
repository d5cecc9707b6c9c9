import Testing

@testable import HayateLaunch

@Suite("What a machine says of itself") struct MachineFactsTests {
    private func program(_ glibc: String = "2.36", size: UInt64 = 12 << 20) -> LocalProgram {
        var needs = ProgramNeeds(processor: .x86, interpreter: "/lib64/ld-linux-x86-64.so.2")
        needs.glibc = GlibcVersion(glibc)
        let digest = String(repeating: "0", count: 64)
        return LocalProgram(path: "/p/hayate-daemon", size: size, digest: digest, needs: needs)
    }

    private func facts(_ lines: String) throws -> MachineFacts {
        let text = lines.split(separator: "\n").map { "mark \($0)\n" }.joined()
        return MachineFacts(try #require(DeploymentAnswer("Hello mark end\n\(text)mark end\nBye\n", mark: "mark")))
    }

    @Test("Each reason not to copy is one sentence with names, numbers and the remedy", arguments: [
        ("system Darwin\nprocessor arm64", "it runs Darwin, and /p/hayate-daemon is for Linux: "),
        ("system Linux\nprocessor arm64", "it has an aarch64 processor, and /p/hayate-daemon is for x86_64: "),
        ("processor riscv64", "it has a riscv64 processor, and "),
        ("libc glibc 2.28", "it has glibc 2.28, and /p/hayate-daemon needs 2.36 or newer: "),
        ("musl\nno-interpreter", "its C library is musl, and "), ("musl", "its C library is musl, and "),
        ("no-interpreter", "it has no /lib64/ld-linux-x86-64.so.2, which starts "),
        (
            "no-library libnng.so.1\nno-library b.so",
            "/p/hayate-daemon needs libnng.so.1 and 1 more, which it has not: build a self-contained one with "
                + "scripts/build-daemon"
        ),
        ("noexec /home/me/.cache", "no program may be started in /home/me/.cache (is it mounted noexec?): "),
        ("free 100", "/p/hayate-daemon takes 12 MiB, and 0 are free in its cache: "),
        ("fault the disk is full: \u{1b}[31mmake room", "the disk is full: ?[31mmake room"),
    ])
    func objections(_ lines: String, _ sentence: String) throws {
        let objection = try #require(try facts(lines).objection(to: program()))
        #expect(objection.hasPrefix(sentence), "\(objection)")
        #expect(objection.contains(": "))
    }

    @Test("Nothing is held against a machine that has what is needed, or does not know", arguments: [
        "", "system Linux\nprocessor x86_64\nlibc glibc 2.36\nfree 1000000", "processor amd64\nlibc glibc 2.41\nmusl",
        "libc ?", "free -", "free 99999999999999999999", "same\nfree 1",
    ])
    func fits(_ lines: String) throws {
        #expect(try facts(lines).objection(to: program()) == nil)
    }

    @Test("Answers end with their end: without it, or before it, nothing counts")
    func ends() throws {
        #expect(DeploymentAnswer("mark file /a\n", mark: "mark") == nil)
        #expect(DeploymentAnswer("mark file /a\nmark en", mark: "mark") == nil)
        #expect(DeploymentAnswer("xmark end\n", mark: "mark") == nil)
        let answer = try #require(DeploymentAnswer("mark file /a\nmark end\nmark file /b\n", mark: "mark"))
        #expect(answer["file"] == "/a")
        #expect(try #require(DeploymentAnswer("mark file /a\nmark file /b\nmark end\n", mark: "mark"))["file"] == nil)
    }
}
