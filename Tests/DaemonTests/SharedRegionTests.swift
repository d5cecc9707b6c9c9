import CSystem
import Glibc
import HayateWire
import Synchronization
import Testing

@testable import HayateDaemon

@Suite("Shared memory") struct SharedRegionTests {
    private static func sealed(_ bytes: [UInt8]) throws -> SealedFile {
        try bytes.withUnsafeBytes { try SealedFile.copying($0) }
    }

    /// A descriptor of this process, announced as what the test says of it.
    private static func announced(
        _ descriptor: Int32, _ change: (inout MemoryFile) -> Void = { _ in }
    ) -> MemoryFile {
        var file = MemoryFile(
            process: UInt32(getpid()), descriptor: UInt32(descriptor), device: 0, inode: 0, size: 0)
        _ = hayate_file_identity(descriptor, &file.device, &file.inode, &file.size)
        change(&file)
        return file
    }

    private static func isRefused(_ file: MemoryFile, _ words: String) {
        do throws(SharedError) {
            _ = try SealedFile.open(file)
            Issue.record("it was opened, but: \(words)")
        } catch {
            #expect(error.description.contains(words))
        }
    }

    private static func content(_ region: SharedRegion) -> [UInt8] {
        defer { withExtendedLifetime(region) {} }
        return [UInt8](region.bytes)
    }

    /// Whether the file is mapped here, whatever other tests do meanwhile.
    private static func isMapped(inode: UInt64) -> Bool {
        guard let file = fopen("/proc/self/maps", "re") else { return false }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = getc(file), byte != EOF { bytes.append(UInt8(byte)) }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").contains { line in
            line.contains("memfd:hayate-shared") && line.split(separator: " ").contains("\(inode)")
        }
    }

    @Test func contentIsReadInPlace() throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        let file = try Self.sealed(bytes)
        #expect(try SealedFile.open(file.announcement).read { [UInt8]($0) } == bytes)
        let region = try SharedRegion(file)
        #expect(Self.content(region) == bytes)
        let filled = try SealedFile.filled(5) { $0.copyBytes(from: [1, 2, 3] as [UInt8]) }
        #expect(try SealedFile.open(filled.announcement).read { [UInt8]($0) } == [1, 2, 3, 0, 0])
        let empty = try Self.sealed([])
        #expect(try SealedFile.open(empty.announcement).read { $0.isEmpty })
    }

    @Test func nobodyCanChangeASealedFile() throws {
        let file = try Self.sealed([1, 2, 3])
        let descriptor = Int32(file.announcement.descriptor)
        #expect(pwrite(descriptor, [9] as [UInt8], 1, 0) == -1)
        #expect(ftruncate(descriptor, 0) == -1)
        #expect(ftruncate(descriptor, 100) == -1)
        #expect(mmap(nil, 3, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0) == MAP_FAILED)
        #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        #expect(try SealedFile.open(file.announcement).read { [UInt8]($0) } == [1, 2, 3])
    }

    @Test func announcementsThatLieAreRefused() throws {
        let file = try Self.sealed([1, 2, 3])
        func changed(_ change: (inout MemoryFile) -> Void) -> MemoryFile {
            var copy = file.announcement
            change(&copy)
            return copy
        }
        let other = "is not the one that was announced"
        Self.isRefused(changed { $0.inode += 1 }, other)
        Self.isRefused(changed { $0.device += 1 }, other)
        Self.isRefused(changed { $0.size = 4 }, other)
        Self.isRefused(changed { $0.size = .max }, other)
        Self.isRefused(changed { $0.size = 1 << 62 }, other)
        Self.isRefused(changed { $0.size = 2 }, other)
        Self.isRefused(changed { $0.descriptor = 1_000_000 }, "cannot be opened")
        Self.isRefused(changed { $0.process = .max }, "cannot be opened")
        Self.isRefused(changed { $0.process = 0 }, "cannot be opened")
        _ = try SealedFile.open(file.announcement)
    }

    @Test func onlySealedMemoryFilesAreMapped() throws {
        // A memory file without seals.
        let open = hayate_shared_file("hayate-test")
        defer { close(open) }
        #expect(write(open, [1, 2, 3] as [UInt8], 3) == 3)
        Self.isRefused(Self.announced(open), "is not sealed")
        // A file on disk.
        var template = Array("/tmp/hayate-tests-XXXXXX".utf8CString)
        let disk = mkstemp(&template)
        unlink(template)
        defer { close(disk) }
        #expect(write(disk, [1, 2, 3] as [UInt8], 3) == 3)
        Self.isRefused(Self.announced(disk), "is not sealed")
        // A directory, a device, and a pipe that nobody writes to.
        let directory = Glibc.open("/tmp", O_RDONLY)
        let device = Glibc.open("/dev/zero", O_RDONLY)
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        for descriptor in [directory, device, ends[0]] {
            Self.isRefused(Self.announced(descriptor), "is not the one that was announced")
        }
        for descriptor in [directory, device] + ends { close(descriptor) }
    }

    @Test func filesAndMappingsEndWithTheirRegion() throws {
        let file: MemoryFile
        do {
            let region = try SharedRegion(try Self.sealed([1, 2, 3]))
            file = try #require(region.file)
            #expect(Self.isMapped(inode: file.inode))
            _ = try SealedFile.open(file)
            withExtendedLifetime(region) {}
        }
        #expect(!Self.isMapped(inode: file.inode))
        #expect(throws: SharedError.self) { try SealedFile.open(file) }
    }

    private final class Watcher: SharedRegionWatcher {
        let numbers = Mutex<[UInt64]>([])
        func released(_ number: UInt64) { numbers.withLock { $0.append(number) } }
    }

    @Test func watchersHearOnceOfTheEnd() throws {
        let watcher = Watcher()
        var number: UInt64 = 0
        do {
            let region = SharedRegion(received: [1, 2, 3])
            number = region.number
            region.watch(watcher)
            region.watch(watcher)
            #expect(watcher.numbers.withLock { $0 }.isEmpty)
        }
        #expect(watcher.numbers.withLock { $0 } == [number])
    }

    // MARK: A daemon's store

    @Test func storeKnowsWhatItWasGiven() throws {
        let store = SharedStore()
        let file = try Self.sealed([1, 2, 3])
        store.add(1, file.announcement, context: nil)
        store.add(2, [4, 5], context: nil)
        var lie = file.announcement
        lie.inode += 1
        store.add(3, lie, context: nil)
        let first = try store.region(1)
        #expect(Self.content(first) == [1, 2, 3])
        #expect(Self.content(try store.region(2)) == [4, 5])
        let missing = #expect(throws: SharedError.self) { try store.region(3) }
        #expect(missing?.description.contains("not the one that was announced") == true)
        let unknown = #expect(throws: SharedError.self) { try store.region(4) }
        #expect(unknown?.description.contains("number 4") == true)
        // Said again on a new connection: the same content stays. What was missing may come now.
        store.add(1, [9], context: nil)
        #expect(try store.region(1) === first)
        store.add(3, [6], context: nil)
        #expect(Self.content(try store.region(3)) == [6])
        store.remove(1)
        #expect(throws: SharedError.self) { try store.region(1) }
        #expect(Self.content(first) == [1, 2, 3], "its readers go on")
        store.removeAll()
        #expect(throws: SharedError.self) { try store.region(2) }
    }

    // MARK: Handles

    /// Encodes as a host does, and gives what a daemon reads, with a store that has what was collected.
    private static func travelled<Value: Codable>(
        _ value: Value, coding: TaskCoding = TaskCoding()
    ) throws -> (value: Value, contents: [SharedRegion], bytes: [UInt8]) {
        var contents: [any SharedContent] = []
        let bytes = try BinaryEncoder().encode(value, collecting: &contents)
        let regions = contents.compactMap { $0 as? SharedRegion }
        for region in regions {
            coding.shares.add(region.number, try #require(region.file), context: coding.context)
        }
        return (try coding.decoder.decode(Value.self, from: bytes), regions, bytes)
    }

    @Test func arraysAreReadWhereTheyAre() throws {
        let array = try SharedArray((0..<1000).map { Int32($0) })
        let (read, contents, bytes) = try Self.travelled(array)
        #expect(contents.count == 1)
        #expect(bytes.count < 40)
        #expect(read == array)
        #expect(read.span[999] == 999)
        #expect(read.withUnsafeBufferPointer { $0.reduce(0, +) } == 499_500)
        #expect(Array(read[10..<12]) == [10, 11])
        // Not a copy: the store's mapping.
        let lazy = try SharedArray((0..<1000).lazy.filter { $0 >= 0 }.map { Int32($0) })
        #expect(lazy == array)
        #expect(try SharedArray([Int]()).isEmpty)
    }

    @Test func elementsOfAnotherLayoutAreRefused() throws {
        struct Pair: BitwiseCopyable { var a: Int64, b: Int8 }
        var contents: [any SharedContent] = []
        let bytes = try BinaryEncoder().encode(
            try SharedArray([Pair(a: 1, b: 2)]), collecting: &contents)
        let coding = TaskCoding()
        for case let region as SharedRegion in contents {
            coding.shares.add(region.number, try #require(region.file), context: nil)
        }
        #expect(try coding.decoder.decode(SharedArray<Pair>.self, from: bytes)[0].b == 2)
        let error = #expect(throws: SharedError.self) {
            try coding.decoder.decode(SharedArray<Double>.self, from: bytes)
        }
        #expect(error?.description.contains("built from the same sources") == true)
    }

    @Test func hostileHandlesAreErrors() throws {
        let coding = TaskCoding()
        coding.shares.add(1, [1, 2, 3], context: nil)
        // Content that is no whole number of elements; a number that nobody knows; an unknown form.
        for (form, number) in [(0, 1), (0, 2), (7, 1)] as [(UInt8, UInt64)] {
            let bytes = try BinaryEncoder().encode([UInt64(form), 8, 8, number])
            #expect(throws: (any Error).self) {
                try coding.decoder.decode(SharedArray<Double>.self, from: bytes)
            }
        }
        let inline = try BinaryEncoder().encode([1, 8])
        #expect(throws: (any Error).self) {
            try coding.decoder.decode(SharedArray<Double>.self, from: inline)
        }
        // A number means nothing where nothing is shared.
        let number = try BinaryEncoder().encode([0, 1])
        #expect(throws: CodingFailure.self) {
            try BinaryDecoder().decode(Shared<Int>.self, from: number)
        }
        // Bytes that are no such value.
        let shared = try coding.decoder.decode(Shared<String>.self, from: number)
        #expect(throws: CodingFailure.self) { try shared.value }
    }

    @Test func largeVectorsAreAlignedWhereverTheyComeFrom() throws {
        let array = try SharedArray((0..<9).map { SIMD8<Double>(repeating: Double($0)) })
        for _ in 0..<20 {
            let inline = try BinaryEncoder().encode(array)
            let read = try BinaryDecoder().decode(SharedArray<SIMD8<Double>>.self, from: inline)
            #expect(read == array)
        }
    }

    @Test func sharedValuesMayHoldHookedAndSharedOnes() throws {
        let inner = try Shared([1, 2, 3])
        let outer = try Shared(["a": inner])
        let (read, contents, _) = try Self.travelled(outer)
        #expect(contents.count == 1, "what is inside is written in place")
        #expect(try read.value["a"]?.value == [1, 2, 3])
    }
}
