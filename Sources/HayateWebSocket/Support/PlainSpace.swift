import Glibc

/// Memory for unmasked bytes: one piece a thread and not one a connection, of which there may be many.
///
/// Apart from that of TLS, which can be the layer above and the layer below at once.
enum PlainSpace {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let result = pthread_key_create(&key) { memory in
            memory?.assumingMemoryBound(to: Int.self).deallocate()
        }
        precondition(result == 0, "the system gives no thread-specific memory")
        return key
    }()

    private static let header = 64

    /// What this thread had before is gone when it was smaller.
    static func ofThisThread(atLeast count: Int) -> UnsafeMutableRawBufferPointer {
        if let memory = pthread_getspecific(key) {
            let size = memory.load(as: Int.self)
            if size >= count {
                return UnsafeMutableRawBufferPointer(start: memory + header, count: size)
            }
            memory.assumingMemoryBound(to: Int.self).deallocate()
        }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: header + count, alignment: 64)
        memory.storeBytes(of: count, as: Int.self)
        pthread_setspecific(key, memory)
        return UnsafeMutableRawBufferPointer(start: memory + header, count: count)
    }
}
