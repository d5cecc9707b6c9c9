import HayateCluster
import HayateLaunch

extension SSHConnection {
    func upload(_ content: RemoteContent, to path: String, mode: UInt32) async throws(RemoteError) {
        try await upload(content, to: path, mode: mode, subsystem: "sftp")
    }

    /// - Parameter subsystem: what the server calls its SFTP.
    func upload(
        _ content: RemoteContent, to path: String, mode: UInt32, subsystem: String
    ) async throws(RemoteError) {
        func fail(_ reason: String, isTransient: Bool = false) -> RemoteError {
            RemoteError(host: session.errorName, .upload, reason, isTransient: isTransient)
        }
        // SFTP begins in the home directory.
        let place = path.hasPrefix("~/") ? String(path.dropFirst(2)) : path
        guard let name = place.split(separator: "/").last, !place.hasSuffix("/"), !place.utf8.contains(0) else {
            throw fail("\(path) names no file")
        }
        let source: InputSource
        do throws(InputFailure) {
            switch content {
            case .bytes(let bytes): source = InputSource(bytes)
            case .file(let file): source = try InputSource(file: file)
            }
        } catch {
            throw fail(error.reason)
        }
        let number = UInt64.random(in: 0...UInt64.max)
        let temporary = "\(place.dropLast(name.count)).\(name.prefix(100)).\(String(number, radix: 36)).part"
        let result = await send(source, to: place, temporary: temporary, mode: mode, subsystem)
        switch result {
        case .success: return
        case .failure(.failed(let reason, let isTransient)): throw fail(reason, isTransient: isTransient)
        case .failure(.noSubsystem): break
        }
        let answer = await run(WritingCommand.request(source, to: place, temporary: temporary, mode: mode))
        guard answer.succeeded else { throw fail(WritingCommand.reason(answer, path)) }
    }

    private func send(
        _ source: InputSource, to path: String, temporary: String, mode: UInt32, _ subsystem: String
    ) async -> Result<Void, Upload.Failure> {
        await withCheckedContinuation { continuation in
            session.post { session in
                Upload(session, source, to: path, temporary: temporary, mode: mode, subsystem: subsystem) {
                    continuation.resume(returning: $0)
                }.enter()
            } orElse: { failure in
                source.end()
                continuation.resume(returning: .failure(.failed(reason: failure.reason, isTransient: true)))
            }
        }
    }
}

/// Writing a file by a command, where a server has no SFTP.
enum WritingCommand {
    /// For a gigabyte on a slow way.
    private static let timeLimit = Duration.seconds(3600)

    static func request(
        _ source: InputSource, to path: String, temporary: String, mode: UInt32
    ) -> RemoteCommand.Request {
        func word(_ path: String) -> String { CommandScript.quoted(path.hasPrefix("/") ? path : "./" + path) }
        let script = """
            umask 077
            p=\(word(path)) t=\(word(temporary))
            if [ -d "$p" ]; then echo 'a directory is in its place' >&2; exit 1; fi
            trap 'rm -f "$t"' EXIT
            cat > "$t" && [ "$(wc -c < "$t")" -eq \(source.count) ] &&
                chmod \(String(mode, radix: 8)) "$t" && mv -f "$t" "$p"

            """
        let bytes = Array(script.utf8)
        return RemoteCommand.Request(
            text: CommandScript.reads(bytes.count), input: [InputSource(bytes), source], timeLimit: timeLimit,
            name: "Writing \(path)")
    }

    static func reason(_ answer: CommandAnswer, _ path: String) -> String {
        let words = answer.errors.split(whereSeparator: \.isNewline).last.map(String.init)
        let reason =
            switch answer.end {
            case .notStarted(let reason): reason
            case .timedOut: "it took too long"
            case .process: words ?? "not a word"
            }
        return "its server has no SFTP (Subsystem sftp in its sshd_config), and writing \(path) by a command failed as "
            + "well (\(reason)): see permissions and room there"
    }
}
