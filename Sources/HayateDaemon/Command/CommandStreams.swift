import CSystem
import Glibc

/// The directory and the standard streams of a command, opened for it in this process.
struct CommandStreams: ~Copyable {
    /// The working directory, so that the files of a command are looked up where it will run.
    var directory: Descriptor? = nil

    /// The child's ends that are not `/dev/null`. Closed here once the child has its own.
    var input: Descriptor? = nil
    var output: Descriptor? = nil
    var error: Descriptor? = nil

    /// Our ends of the captured streams.
    var outputSource: Descriptor? = nil
    var errorSource: Descriptor? = nil

    /// What becomes 0, 1 and 2 of the child.
    private(set) var numbers: (Int32, Int32, Int32) = (-1, -1, -1)

    init(opening command: Command) throws(CommandError) {
        let program = command.arguments.first ?? ""
        let null = try NullDevice.descriptor()
        numbers = (null, null, null)

        var base = AT_FDCWD
        if let path = command.directory {
            let opened = hayate_open_directory(path)
            guard opened >= 0 else { throw .directory(path, errno) }
            directory = Descriptor(owning: opened)
            base = opened
        }

        switch command.standardInput {
        case .none:
            break
        case .bytes(let bytes):
            input = try Self.memoryFile(holding: bytes, for: program)
        case .file(let path):
            let file = openat(base, path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { throw .file(path, "standard input", errno) }
            input = Descriptor(owning: file)
        }
        if input != nil { numbers.0 = input.number }

        switch command.standardOutput {
        case .discard:
            break
        case .capture:
            let pipe = try openPipe(for: program)
            output = Descriptor(owning: pipe.writing)
            outputSource = Descriptor(owning: pipe.reading)
        case .file(let path):
            output = try Self.file(path, base, O_TRUNC, "standard output")
        case .append(let path):
            output = try Self.file(path, base, O_APPEND, "standard output")
        }
        if output != nil { numbers.1 = output.number }

        switch command.standardError {
        case .discard:
            break
        case .capture:
            let pipe = try openPipe(for: program)
            error = Descriptor(owning: pipe.writing)
            errorSource = Descriptor(owning: pipe.reading)
        case command.standardOutput:
            // One open file, or the two streams would overwrite each other.
            numbers.2 = numbers.1
        case .file(let path):
            error = try Self.file(path, base, O_TRUNC, "standard error")
        case .append(let path):
            error = try Self.file(path, base, O_APPEND, "standard error")
        }
        if error != nil { numbers.2 = error.number }
    }

    var directoryNumber: Int32 { directory.number }

    /// Closes what belongs to the child, or its pipes would never end.
    mutating func closeChildEnds() {
        directory = nil
        input = nil
        output = nil
        error = nil
    }

    private static func file(
        _ path: String, _ base: Int32, _ mode: Int32, _ purpose: String
    ) throws(CommandError) -> Descriptor {
        let file = openat(base, path, O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0o666)
        guard file >= 0 else { throw .file(path, purpose, errno) }
        return Descriptor(owning: file)
    }

    /// A file rather than a pipe: a program that reads none of it, or slowly, or late, costs
    /// nothing, and no write of ours can block or raise SIGPIPE.
    private static func memoryFile(
        holding bytes: [UInt8], for program: String
    ) throws(CommandError) -> Descriptor {
        let file = hayate_memory_file("standard-input")
        guard file >= 0 else { throw .system("keep standard input", program, errno) }
        let descriptor = Descriptor(owning: file)
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { all in
                pwrite(file, all.baseAddress?.advanced(by: offset), all.count - offset, offset)
            }
            if count >= 0 {
                offset += count
            } else if errno != EINTR {
                throw .system("keep standard input", program, errno)
            }
        }
        return descriptor
    }
}
