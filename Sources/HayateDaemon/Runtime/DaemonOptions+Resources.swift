import CSystem
import Glibc
import HayateCore

/// What a daemon has for tasks that run beside each other, as options.
extension DaemonOptions {
    /// The most that a daemon may name, so that its first message fits: names, bytes of a name, graphics processors.
    package static let mostNames = 32
    static let longestName = 63
    package static let mostGPUs = 256

    /// Whether what tasks print goes to their callers: not where several run at once.
    public var collectsOutput: Bool { capturesOutput && resources == nil }

    var resourceArguments: [String] {
        guard let resources else { return [] }
        var words = ["--cpus", offersAllCPUs ? "all" : String(resources.cpus)]
        if findsGPUs {
            words += ["--gpus", "auto"]
        } else if !resources.gpus.isEmpty {
            words += ["--gpus", resources.gpus.map { String($0) }.joined(separator: ",")]
        }
        if let memory = resources.memory { words += ["--memory", "\(memory)B"] }
        for (name, count) in resources.named.sorted(by: { $0.key < $1.key }) {
            words += ["--resource", "\(name)=\(count)"]
        }
        return words
    }

    /// Reads one of `--cpus`, `--gpus`, `--memory` and `--resource`. Without `--cpus` all processors are meant.
    /// - Throws: `DaemonError` with the value and the remedy.
    public mutating func setResource(_ option: String, to value: String) throws(DaemonError) {
        if resources == nil {
            resources = DaemonResources()
            offersAllCPUs = true
        }
        switch option {
        case "--cpus":
            offersAllCPUs = value == "all"
            guard !offersAllCPUs else { return }
            guard let count = Int(value), (1...1 << 20).contains(count) else {
                throw DaemonError("--cpus is \"\(value)\", but must be a number of processors from 1 on, or all")
            }
            resources?.cpus = count
        case "--gpus":
            findsGPUs = value == "auto"
            resources?.gpus = findsGPUs ? [] : try Self.indexes(value)
        case "--memory":
            guard let bytes = ByteCount.bytes(in: value), bytes > 0 else {
                throw DaemonError("--memory is \"\(value)\", but must be a size with its unit, such as 16GiB")
            }
            resources?.memory = bytes
        default:
            let (name, count) = try Self.named(value, option)
            resources?.named[name] = count
            if resources?.named.count ?? 0 > Self.mostNames {
                throw DaemonError("a daemon can name at most \(Self.mostNames) resources")
            }
        }
    }

    /// Reads `NAME=COUNT`.
    /// - Throws: `DaemonError` with the value and the remedy.
    public static func named(_ text: String, _ option: String) throws(DaemonError) -> (name: String, count: Int) {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, isName(parts[0]), let count = Int32(parts[1]), count > 0 else {
            throw DaemonError(
                "\(option) is \"\(text)\", but must be a name of letters, digits and _, and a number from 1 on, such as "
                    + "licence=2")
        }
        return (String(parts[0]), Int(count))
    }

    /// Whether resources may be called so: letters, digits and `_`, for it becomes part of a variable.
    public static func isName(_ text: some StringProtocol) -> Bool {
        (1...longestName).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
            }
    }

    private static func indexes(_ text: String) throws(DaemonError) -> [Int] {
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
        let indexes = words.compactMap { UInt16($0).map { Int($0) } }
        guard indexes.count == words.count, indexes.count <= mostGPUs else {
            throw DaemonError("--gpus is \"\(text)\", but must be indexes such as 0,1,3, or auto")
        }
        return indexes
    }

    /// What the daemon has, with what is only known where it runs.
    var offeredResources: DaemonResources? {
        guard var resources else { return nil }
        if offersAllCPUs { resources.cpus = Int(hayate_usable_processors()) }
        if findsGPUs { resources.gpus = ThisProcess.visibleGPUs() }
        return resources
    }
}

extension ThisProcess {
    /// The indexes of the graphics processors that this process may use: those in `CUDA_VISIBLE_DEVICES` or
    /// `ROCR_VISIBLE_DEVICES`, as batch schedulers set them, and else those that have a device file of NVIDIA's.
    ///
    /// Names instead of indexes (`GPU-…`) are counted from 0.
    static func visibleGPUs(
        environment: (String) -> String? = { getenv($0).map { String(cString: $0) } },
        exists: (String) -> Bool = { access($0, F_OK) == 0 }
    ) -> [Int] {
        for name in ["CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"] {
            guard let text = environment(name) else { continue }
            let words = text.split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
            let indexes = words.prefix { $0 != "-1" }.map { UInt16($0).map { Int($0) } }
            return indexes.contains(nil) ? Array(indexes.indices) : indexes.compactMap { $0 }
        }
        return (0..<DaemonOptions.mostGPUs).filter { exists("/dev/nvidia\($0)") }
    }
}
