import HayateWire

extension DaemonRuntime {
    /// Under the lock: what the host says beside tasks, so that tasks can be short.
    func share(_ message: Message, _ link: HostLink) {
        switch message {
        case .probe(let file):
            link.write(.seen(Self.proof(file)))
            // The host gives this daemon nothing before.
            link.handOver()
        case .sharedFile(let number, let file):
            coding.shares.add(number, file, context: coding.context)
        case .sharedBytes(let number, let body):
            coding.shares.add(number, body, context: coding.context)
        case .unshare(let number): coding.shares.remove(number)
        case .hook(let name): coding.context.changeHooks { $0.add(named: name) }
        default: break
        }
    }

    /// What a probe holds; empty if it cannot be read here, or is no probe.
    private static func proof(_ file: MemoryFile) -> [UInt8] {
        guard file.size == MemoryFile.probeBytes, let mapping = try? SealedFile.open(file) else {
            return []
        }
        return mapping.read { [UInt8]($0) }
    }
}
