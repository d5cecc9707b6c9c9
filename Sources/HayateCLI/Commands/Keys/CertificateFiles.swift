import Glibc
import Hayate
import HayateTLS

/// The files of certificates and their keys.
enum CertificateFiles {
    /// Writes a file that must not be there, for its owner's eyes alone unless `isPublic`.
    static func write(
        _ bytes: UnsafeRawBufferPointer, to path: String, isPublic: Bool = false
    ) throws(CommandLineError) {
        let descriptor = open(
            path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, isPublic ? 0o644 : 0o600)
        guard descriptor >= 0 else {
            let isThere = errno == EEXIST
            throw CommandLineError(
                code: .output,
                message: isThere
                    ? "\(path) is there already"
                    : "\(path) cannot be made (\(String(cString: strerror(errno))))",
                hint: isThere
                    ? "keys are never overwritten: move it away, or give another name"
                    : "give a path in a directory of yours")
        }
        guard writeAll(bytes, to: descriptor) == 0, fsync(descriptor) == 0, close(descriptor) == 0 else {
            unlink(path)
            throw CommandLineError(
                code: .output, message: "\(path) cannot be written (\(String(cString: strerror(errno))))",
                hint: "look whether the disk is full")
        }
    }

    static func write(_ text: String, to path: String) throws(CommandLineError) {
        var failure: CommandLineError?
        Array(text.utf8).withUnsafeBytes { bytes in
            do throws(CommandLineError) { try write(bytes, to: path, isPublic: true) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    static func write(_ secret: SecretBytes, to path: String) throws(CommandLineError) {
        try secret.withBytes { bytes throws(CommandLineError) in try write(bytes, to: path) }
    }

    /// - Returns: at most a megabyte.
    static func read(_ path: String) throws(CommandLineError) -> SecretBytes {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandLineError(
                code: .input, message: "\(path) cannot be read (\(String(cString: strerror(errno))))",
                hint: "check the path and its permissions")
        }
        defer { close(descriptor) }
        let most = 1 << 20
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: most, alignment: 1)
        space.initializeMemory(as: UInt8.self, repeating: 0)
        defer {
            // The optimiser may not leave this out.
            if let base = space.baseAddress { explicit_bzero(base, most) }
            space.deallocate()
        }
        var count = 0
        while count < most, let base = space.baseAddress {
            let result = Glibc.read(descriptor, base + count, most - count)
            if result < 0, errno == EINTR { continue }
            guard result > 0 else { break }
            count += result
        }
        return SecretBytes(UnsafeRawBufferPointer(rebasing: space[..<count]))
    }

    /// What TLS says, as an error of the command line.
    static func passing<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let failure as TLSFailure {
            throw CommandLineError(code: .input, message: failure.message, hint: "")
        }
    }
}
