import CSystem
import Glibc
import HayateCluster
import HayateCore
import Synchronization

/// A command from its start to its answer.
final class RunningCommand: Sendable {
    /// Why there is no process, in one sentence with the remedy.
    struct StartFailure: Error {
        var message: String
    }

    /// Why we end it.
    enum Ending: Hashable {
        case timedOut
        case writesTooMuch
    }

    private struct State {
        var process: LocalProcess?
        var ending: Ending?
        /// Nothing of the process is left, and the files are closed.
        var isOver = false
    }

    private let program: String
    private let output: Int32
    private let errors: Int32
    private let state = Mutex(State())

    private init(program: String, output: Int32, errors: Int32) {
        self.program = program
        self.output = output
        self.errors = errors
    }

    /// - Parameter onEnd: called once, on the reaper's thread, if this succeeds.
    static func start(
        _ line: CommandLine, onEnd: @escaping @Sendable (CommandAnswer) -> Void
    ) -> Result<RunningCommand, StartFailure> {
        guard let program = line.words.first, !program.isEmpty else {
            return .failure(StartFailure(message: "The command has no program; check the site's commands."))
        }
        let shown = line.words.joined(separator: " ")
        if let input = line.standardInput, input.utf8.contains(0) {
            return .failure(
                StartFailure(message: "What \(program) shall read has a NUL byte in it; leave it out."))
        }
        let output = hayate_output_file()
        let errors = hayate_output_file()
        var input: Int32?
        var failure: Int32 = output < 0 || errors < 0 ? errno : 0
        if failure == 0, let text = line.standardInput { (input, failure) = inputFile(text) }
        defer { if let input { close(input) } }
        guard failure == 0 else {
            for file in [output, errors] where file >= 0 { close(file) }
            return .failure(
                StartFailure(
                    message: "\(shown) was not started: no file in memory could be made for what it reads and writes "
                        + "(\(String(cString: strerror(failure)))); see how many files are open and how much memory "
                        + "is left."))
        }
        let command = RunningCommand(program: program, output: output, errors: errors)
        do {
            let process = try LocalProcess.spawn(
                executable: program, arguments: Array(line.words.dropFirst()),
                environment: .only(CommandEnvironment.variables(of: line)),
                standardInput: input, standardOutput: output, standardError: errors,
                onExit: { exit in onEnd(command.ended(exit)) })
            command.state.withLock { $0.process = $0.isOver ? nil : process }
            return .success(command)
        } catch {
            close(output)
            close(errors)
            return .failure(StartFailure(message: sentence(for: error, program)))
        }
    }

    /// Ends it, unless it is over already.
    func end(_ ending: Ending) {
        let process = state.withLock { state in
            if state.ending == nil { state.ending = ending }
            return state.process
        }
        process?.terminate(graceMilliseconds: CommandRunner.graceMilliseconds)
    }

    func writesTooMuch() -> Bool {
        state.withLock { state in
            !state.isOver && [output, errors].contains { Self.size(of: $0) > CommandRunner.memoryLimit }
        }
    }

    private func ended(_ exit: ProcessExit) -> CommandAnswer {
        let ending = state.withLock { state in
            state.isOver = true
            state.process = nil
            return state.ending
        }
        defer {
            close(output)
            close(errors)
        }
        var answer = CommandAnswer(ending == .timedOut ? .timedOut : .process(exit))
        let written = (output: Self.size(of: output), errors: Self.size(of: errors))
        answer.output = Self.text(of: output)
        answer.errors = Self.text(of: errors)
        func note(_ sentence: String) {
            if !answer.errors.isEmpty, !answer.errors.hasSuffix("\n") { answer.errors += "\n" }
            answer.errors += sentence + "\n"
        }
        for (name, size) in [("standard output", written.output), ("standard error", written.errors)]
        where size > CommandRunner.outputLimit {
            note("\(program) wrote \(size) bytes to \(name), of which the first \(CommandRunner.outputLimit) are kept.")
        }
        if ending == .writesTooMuch {
            note("\(program) was ended because it wrote more than \(CommandRunner.memoryLimit) bytes.")
        }
        return answer
    }

    // MARK: files in memory

    private static func inputFile(_ text: String) -> (file: Int32?, failure: Int32) {
        let file = hayate_output_file()
        guard file >= 0 else { return (nil, errno) }
        var text = text
        let failure: Int32 = text.withUTF8 { bytes in
            var written = 0
            while written < bytes.count, let base = bytes.baseAddress {
                let count = pwrite(file, base + written, bytes.count - written, off_t(written))
                if count < 0, errno != EINTR { return errno }
                written += max(0, count)
            }
            return 0
        }
        return (file, failure)
    }

    private static func size(of file: Int32) -> Int {
        var status = stat()
        return fstat(file, &status) == 0 ? Int(status.st_size) : 0
    }

    private static func text(of file: Int32) -> String {
        let size = min(size(of: file), CommandRunner.outputLimit)
        guard size > 0 else { return "" }
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size, let base = buffer.baseAddress {
                let more = pread(file, base + count, size - count, off_t(count))
                if more == 0 || (more < 0 && errno != EINTR) { break }
                count += max(0, more)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func sentence(for error: LocalProcessError, _ program: String) -> String {
        switch error.errorNumber {
        case ENOENT where !program.contains("/"):
            "There is no program \(program) in PATH on this machine; load the scheduler's software (module load), run "
                + "this where it is, or name its path in the site's commands."
        case ENOENT:
            "There is no program \(program) on this machine; check its path in the site's commands."
        default: error.description
        }
    }
}
