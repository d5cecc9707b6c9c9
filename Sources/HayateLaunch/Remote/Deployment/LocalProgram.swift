import Glibc
import HayateTLS
import Synchronization

/// A program of this machine that is to be copied to others.
struct LocalProgram: Hashable, Sendable {
    /// Why it cannot be copied: a sentence's end.
    struct Failure: Error, Hashable {
        var reason: String
    }

    var path: String
    /// In bytes.
    var size: UInt64
    /// The SHA-256 of its bytes in 64 hexadecimal digits.
    var digest: String
    var needs: ProgramNeeds

    /// What it is called there.
    var name: String { String(path.split(separator: "/").last ?? "daemon") }

    /// What tells that a file is still the one that was read.
    private struct Identity: Hashable {
        var path: String
        var device: UInt
        var number: UInt
        var size: Int
        var seconds: Int
        var nanoseconds: Int

        init(_ path: String, _ status: stat) {
            self.path = path
            device = UInt(status.st_dev)
            number = UInt(status.st_ino)
            size = Int(status.st_size)
            seconds = Int(status.st_mtim.tv_sec)
            nanoseconds = Int(status.st_mtim.tv_nsec)
        }
    }

    private static let known = Mutex<[Identity: LocalProgram]>([:])

    /// Reads a file once for each of its versions.
    static func read(_ path: String) throws(Failure) -> LocalProgram {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            throw Failure(reason: "\(path) cannot be read (\(String(cString: strerror(errno)))): check its path")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(reason: "\(path) is no file: name the program itself")
        }
        let identity = Identity(path, status)
        if let program = known.withLock({ $0[identity] }) { return program }
        do throws(ELFError) {
            let needs = try ELFReader.needs(of: ELFBytes(count: UInt64(status.st_size)) { offset, count in
                bytes(of: file, at: offset, count)
            })
            guard let digest = digest(of: file) else { throw ELFError("its bytes cannot be read: check the disk") }
            let program = LocalProgram(path: path, size: UInt64(status.st_size), digest: digest, needs: needs)
            known.withLock { $0[identity] = program }
            return program
        } catch {
            throw Failure(reason: "\(path) cannot be copied there: \(error.reason)")
        }
    }

    private static func bytes(of file: Int32, at offset: UInt64, _ count: Int) -> [UInt8]? {
        var done = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while done < count, let base = buffer.baseAddress {
                let more = pread(file, base + done, count - done, off_t(offset) + off_t(done))
                if more == 0 || (more < 0 && errno != EINTR) { break }
                done += max(0, more)
            }
            initialized = done
        }
        return done == count ? bytes : nil
    }

    private static func digest(of file: Int32) -> String? {
        var digest = SHA256Digest()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var offset = 0
        while true {
            let count = pread(file, buffer.baseAddress, buffer.count, off_t(offset))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            guard count > 0 else { return digest.text() }
            digest.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += count
        }
    }
}
