import Foundation
import HayateCluster
import Testing

/// Runs a script with /bin/sh and waits for it.
private func run(
    _ script: String, environment: [String: String] = [:], whenReady: ((Process) -> Void)? = nil
) throws -> (output: String, status: Int32) {
    let process = Process()
    // The threads of tests have signals blocked, and their children would inherit that.
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["--default-signal", "--block-signal=", "sh", "-c", script]
    process.environment = environment.merging(["PATH": "/usr/bin:/bin"]) { own, _ in own }
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    whenReady?(process)
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (String(decoding: output, as: UTF8.self), process.terminationStatus)
}

@Suite("The shell of an allocation")
struct DaemonScriptTests {
    @Test("an element starts its daemons with their launch numbers and indices")
    func element() throws {
        let submission = Submission(
            number: 3, name: "h", elements: 1...10, daemonsPerElement: 2, firstDaemon: 100)
        let script = DaemonScript.text(
            daemon: "sh -c 'echo \"$HAYATE_DAEMON_INDEX $2\"' daemon", of: submission, on: .gridEngine)
        let (output, status) = try run(script, environment: ["SGE_TASK_ID": "4"])
        let lines = Set(output.split(separator: "\n").map(String.init))
        let first = DaemonLaunch(submission: 3, place: 6).number
        #expect(lines == ["106 \(first)", "107 \(first + 1)"])
        #expect(status == 0)
    }

    @Test("a job that is no array starts the first daemon, whatever the variable of arrays holds")
    func noArray() throws {
        let submission = Submission(number: 1, name: "h", elements: nil, daemonsPerElement: 1, firstDaemon: 0)
        let script = DaemonScript.text(
            daemon: "sh -c 'echo \"$HAYATE_DAEMON_INDEX $2\"' daemon", of: submission, on: .gridEngine)
        let (output, _) = try run(script, environment: ["SGE_TASK_ID": "undefined"])
        #expect(output == "0 \(DaemonLaunch(submission: 1, place: 0).number)\n")
    }

    @Test("the exit code is the first of a daemon that is not 0")
    func exitCode() throws {
        let submission = Submission(number: 1, name: "h", elements: nil, daemonsPerElement: 3, firstDaemon: 0)
        let script = DaemonScript.text(
            daemon: "sh -c 'exit $(( HAYATE_DAEMON_INDEX * 4 ))' daemon", of: submission, on: .slurm)
        #expect(try run(script).status == 4)
    }

    @Test("a signal of the scheduler reaches every daemon, and the shell waits for them", arguments: [
        SIGTERM, SIGUSR1, SIGUSR2,
    ])
    func signals(number: Int32) throws {
        let submission = Submission(number: 1, name: "h", elements: nil, daemonsPerElement: 2, firstDaemon: 0)
        let marks = FileManager.default.temporaryDirectory.appending(path: "hayate-\(UUID())")
        try FileManager.default.createDirectory(at: marks, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: marks) }
        let daemon = """
            sh -c 'trap "echo warned; exit 0" USR1; touch '\(marks.path)'/$HAYATE_DAEMON_INDEX; \
            while :; do sleep 0.02; done' daemon
            """
        let script = DaemonScript.text(daemon: daemon, of: submission, on: .slurm)
        let (output, status) = try run(script) { process in
            let files = ["0", "1"].map { marks.appending(path: $0).path }
            let deadline = ContinuousClock.now.advanced(by: .seconds(60))
            while !files.allSatisfy(FileManager.default.fileExists), ContinuousClock.now < deadline { usleep(10_000) }
            kill(process.processIdentifier, number)
        }
        #expect(output == "warned\nwarned\n")
        #expect(status == 0)
    }
}
