import CSystem
import Glibc
import HayateWire

/// A file in memory whose content and size never change again.
package final class SealedFile: Sendable {
    private let descriptor: Int32
    /// How other processes of this machine find it, as long as this object lives.
    package let announcement: MemoryFile

    /// Takes over the descriptor, and seals the file.
    fileprivate init(sealing descriptor: Int32) throws(SharedError) {
        var file = MemoryFile(
            process: UInt32(getpid()), descriptor: UInt32(descriptor), device: 0, inode: 0, size: 0)
        guard hayate_seal(descriptor) == 0,
            hayate_file_identity(descriptor, &file.device, &file.inode, &file.size) == 0
        else {
            let error = SharedError.system("the memory file for shared content cannot be sealed")
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        announcement = file
    }

    deinit { close(descriptor) }

    /// A file with a copy of these bytes.
    package static func copying(_ bytes: UnsafeRawBufferPointer) throws(SharedError) -> SealedFile {
        let descriptor = try make()
        var written = 0
        while written < bytes.count {
            let next = write(
                descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            if next < 0, errno == EINTR { continue }
            guard next > 0 else {
                let error = SharedError.system("\(bytes.count) bytes cannot be shared")
                close(descriptor)
                throw error
            }
            written += next
        }
        return try SealedFile(sealing: descriptor)
    }

    /// A file of so many bytes that `fill` writes in place. What it leaves out is zero.
    package static func filled(
        _ count: Int, by fill: (UnsafeMutableRawBufferPointer) throws -> Void
    ) throws -> SealedFile {
        let descriptor = try make()
        do {
            guard hayate_reserve(descriptor, UInt64(count)) == 0 else {
                throw SharedError.system("\(count) bytes cannot be shared")
            }
            // Unmapped before the file is sealed: the system refuses to seal what may be written.
            let space = try Mapping(of: descriptor, count: count, isWritable: true)
            try space.read { try fill(UnsafeMutableRawBufferPointer(mutating: $0)) }
        } catch {
            close(descriptor)
            throw error
        }
        return try SealedFile(sealing: descriptor)
    }

    private static func make() throws(SharedError) -> Int32 {
        let descriptor = hayate_shared_file("hayate-shared")
        guard descriptor >= 0 else {
            throw .system("no memory file can be made for shared content")
        }
        return descriptor
    }

    /// Its content, to be read in place.
    func map() throws(SharedError) -> Mapping {
        try Mapping(of: descriptor, count: Int(announcement.size), isWritable: false)
    }

    /// The content of a memory file of another process, to be read in place.
    ///
    /// Whoever announces it can lie. Only a sealed memory file that is the announced one is mapped, so
    /// what is read can neither change nor shrink, and reading it does nothing to anything else.
    package static func open(_ file: MemoryFile) throws(SharedError) -> Mapping {
        let descriptor = hayate_open_sealed(
            file.process, file.descriptor, file.device, file.inode, file.size)
        guard descriptor >= 0 else {
            let name = "the memory file \(file.descriptor) of process \(file.process)"
            throw switch hayate_open_failure(descriptor) {
            case HAYATE_OPEN_OTHER_FILE: SharedError("\(name) is not the one that was announced")
            case HAYATE_OPEN_UNSEALED: SharedError("\(name) is not sealed, so it could still change")
            default: SharedError.system("\(name) cannot be opened")
            }
        }
        defer { close(descriptor) }
        guard let count = Int(exactly: file.size) else {
            throw SharedError("a memory file of \(file.size) bytes is too large for this machine")
        }
        return try Mapping(of: descriptor, count: count, isWritable: false)
    }
}

/// A file's content in this process's address space.
///
/// Safe to share: nobody changes a sealed file, and a writable mapping does not leave `filled`.
package final class Mapping: @unchecked Sendable {
    /// Gone with this object: whoever takes them must keep it.
    let bytes: UnsafeRawBufferPointer

    /// Calls `body` with the bytes, which are there until it returns.
    package func read<Value>(
        _ body: (UnsafeRawBufferPointer) throws -> Value
    ) rethrows -> Value {
        defer { withExtendedLifetime(self) {} }
        return try body(bytes)
    }

    fileprivate init(
        of descriptor: Int32, count: Int, isWritable: Bool
    ) throws(SharedError) {
        guard count > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        // Private is enough to read the very same pages, and older systems map sealed files in no
        // other way. A page of a file that is being filled must be the file's own.
        let base = mmap(
            nil, count, isWritable ? PROT_READ | PROT_WRITE : PROT_READ,
            isWritable ? MAP_SHARED | MAP_POPULATE : MAP_PRIVATE, descriptor, 0)
        guard let base, base != MAP_FAILED else {
            throw .system("a memory file of \(count) bytes cannot be mapped")
        }
        bytes = UnsafeRawBufferPointer(start: base, count: count)
    }

    deinit {
        if let base = bytes.baseAddress {
            munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
        }
    }
}
