import HayateCore

/// How resources travel, those of a daemon and those that a task was granted: processors (4 bytes), memory (8; all
/// ones: not counted), a count (2) and so many indexes of graphics processors (2 each), a count (2) and so many names,
/// each with its length (2) and its number of units (4). Indexes and the bytes of names ascend.
struct ResourceFields {
    var cpus: Int
    var memory: Int64?
    var gpus: [Int]
    var named: [String: Int]

    /// The most processors that a daemon may name: more than any machine has.
    static let mostCPUs: UInt32 = 1 << 20

    func write(into bytes: inout [UInt8]) {
        bytes.append(little: UInt32(clamping: cpus))
        bytes.append(little: memory.map { UInt64(clamping: $0) } ?? .max)
        bytes.append(little: UInt16(clamping: gpus.count))
        for index in gpus.prefix(Int(UInt16.max)) { bytes.append(little: UInt16(clamping: index)) }
        let names = named.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
        bytes.append(little: UInt16(clamping: names.count))
        for (name, count) in names.prefix(Int(UInt16.max)) {
            bytes.append(counted: name)
            bytes.append(little: UInt32(clamping: count))
        }
    }

    /// - Throws: `WireFailure.malformed` of this kind for what cannot be.
    init(_ reader: inout FieldReader, in kind: FrameKind) throws {
        let cpus: UInt32 = reader.integer()
        let memory: UInt64 = reader.integer()
        guard reader.isFailed || (1...Self.mostCPUs).contains(cpus), memory == .max || memory <= Int64.max else {
            throw WireFailure.malformed(kind)
        }
        self.cpus = Int(cpus)
        self.memory = memory == .max ? nil : Int64(memory)
        gpus = []
        let count: UInt16 = reader.integer()
        // Checked before anything is reserved: a peer can announce what it likes.
        guard Int(count) <= reader.remaining / 2 else { throw WireFailure.malformed(kind) }
        gpus.reserveCapacity(Int(count))
        for _ in 0..<count {
            let index = Int(reader.integer(UInt16.self))
            guard gpus.last.map({ $0 < index }) ?? true else { throw WireFailure.malformed(kind) }
            gpus.append(index)
        }
        named = [:]
        var last: [UInt8] = []
        for _ in 0..<reader.integer(UInt16.self) where !reader.isFailed {
            let name = reader.countedText()
            let units = Int(reader.integer(UInt32.self))
            let bytes = Array(name.utf8)
            guard reader.isFailed || last.lexicographicallyPrecedes(bytes) else { throw WireFailure.malformed(kind) }
            last = bytes
            named[name] = units
        }
    }

    init(_ all: DaemonResources) {
        cpus = all.cpus
        memory = all.memory
        gpus = all.gpus
        named = all.named
    }

    init(_ grant: ResourceGrant) {
        cpus = grant.cpus
        memory = grant.memory
        gpus = grant.gpus
        named = grant.named
    }

    var daemonResources: DaemonResources { DaemonResources(cpus: cpus, gpus: gpus, memory: memory, named: named) }
    var grant: ResourceGrant { ResourceGrant(cpus: cpus, gpus: gpus, memory: memory ?? 0, named: named) }
}
