// Files of programs: any bytes are either refused or tell what such a program needs, within the limits.

func elfSeeds() -> [[UInt8]] {
    [
        SmallProgram.bytes(),
        SmallProgram.bytes(processor: 183, libraries: ["libnng.so.1", "libc.so.6"], directories: "/a:/b"),
        SmallProgram.bytes(versions: ["GLIBC_2.4", "GLIBC_ABI_DT_RELR", "GCC_3.0"]), Array("#!/bin/sh\n".utf8),
    ]
}

func fuzzELF(_ bytes: UnsafeRawBufferPointer) {
    do throws(ELFError) {
        let needs = try ELFReader.needs(of: ELFBytes(Array(bytes)))
        precondition(bytes.count >= 64 && needs.libraries.count <= 1024)
        precondition(needs.libraries.allSatisfy { !$0.isEmpty && $0.utf8.count <= 1023 && !$0.contains(" ") })
        precondition(needs.libraryDirectories.allSatisfy { $0.hasPrefix("/") && !$0.utf8.contains { $0 < 0x20 } })
        precondition(needs.glibc.map { (2...3).contains($0.numbers.count) } ?? true)
    } catch {
        // The sentence is ours: nothing of the input is in it.
        precondition(!error.reason.isEmpty && error.reason.utf8.count < 100)
    }
}
