import HayateCluster
import HayateLaunch

/// What a command has written, as much of it as answers hold.
struct Transcript {
    private let name: String
    private var output: [UInt8] = []
    private var errors: [UInt8] = []
    private var counts = (output: 0, errors: 0)
    private var notes = ""

    /// So many bytes end a command, as on this machine.
    private static let most = 1 << 30

    init(name: String) { self.name = name }

    var isTooMuch: Bool { counts.output > Self.most || counts.errors > Self.most }

    mutating func add(_ bytes: UnsafeRawBufferPointer, isErrors: Bool) {
        if isErrors {
            counts.errors += bytes.count
            errors.append(contentsOf: bytes.prefix(CommandRunner.outputLimit - errors.count))
        } else {
            counts.output += bytes.count
            output.append(contentsOf: bytes.prefix(CommandRunner.outputLimit - output.count))
        }
    }

    /// The number of the command's process group there, once it has said it.
    var group: Int32? {
        Self.processLine(in: errors).flatMap { range in
            Int32(String(decoding: errors[range].dropFirst(Self.prefix.count).dropLast(), as: UTF8.self))
        }
    }

    private static let prefix = Array(CommandScript.processPrefix.utf8)

    private static func processLine(in bytes: [UInt8]) -> Range<Int>? {
        var start = 0
        let limit = min(bytes.count, 1 << 16) - prefix.count
        while start <= limit {
            if bytes[start] == prefix[0], bytes[start...].starts(with: prefix) {
                return bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { start..<$0 + 1 }
            }
            start += 1
        }
        return nil
    }

    /// Without what the user's shell says when it starts.
    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes[(processLine(in: bytes)?.upperBound ?? 0)...], as: UTF8.self)
    }

    mutating func note(_ sentence: String) { notes += sentence + "\n" }

    func answer(_ end: CommandAnswer.End) -> CommandAnswer {
        var text = Self.text(errors)
        func add(_ sentence: String) {
            if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
            text += sentence
        }
        for (stream, count) in [("standard output", counts.output), ("standard error", counts.errors)]
        where count > CommandRunner.outputLimit {
            add(
                "\(name) wrote \(count) bytes to \(stream), of which the first \(CommandRunner.outputLimit) are "
                    + "kept.\n")
        }
        if isTooMuch { add("\(name) was ended because it wrote more than \(Self.most) bytes.\n") }
        if !notes.isEmpty { add(notes) }
        return CommandAnswer(end, output: Self.text(output), errors: text)
    }
}
