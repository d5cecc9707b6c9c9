import Foundation
import HayateTestTasks

/// A library before the system's, by which synchronizing fails as soon as a file is there: a disk that breaks.
struct BrokenDisk {
    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <stdlib.h>
        #include <unistd.h>
        static int broken(void) {
            const char *path = getenv("HAYATE_TEST_BROKEN");
            return path && access(path, F_OK) == 0;
        }
        static int pass(const char *name, int file) {
            if (broken()) { errno = EIO; return -1; }
            return ((int (*)(int))dlsym(RTLD_NEXT, name))(file);
        }
        int fsync(int file) { return pass("fsync", file); }
        int fdatasync(int file) { return pass("fdatasync", file); }
        """

    /// The environment of a process with such a disk.
    let environment: [String: String]
    /// The file that breaks it.
    let trigger: String

    /// - Parameter directory: where the library is made.
    init(in directory: String) throws {
        let code = directory + "/broken.c"
        let library = directory + "/broken.so"
        try Self.source.write(toFile: code, atomically: true, encoding: .utf8)
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = ["cc", "-shared", "-fPIC", "-o", library, code, "-ldl"]
        try compiler.run()
        compiler.waitUntilExit()
        guard compiler.terminationStatus == 0 else { throw TestFailure("cc does not compile \(code)") }
        trigger = directory + "/broken"
        environment = ["LD_PRELOAD": library, "HAYATE_TEST_BROKEN": trigger]
    }

    func breakNow() throws { try SignalFile.write(trigger) }
    func mend() { unlink(trigger) }
}
