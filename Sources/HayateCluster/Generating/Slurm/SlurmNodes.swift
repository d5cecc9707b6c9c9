/// The machines of partitions, from `sinfo -h -e -o '%P|%l|%c|%m|%G|%D'`.
struct SlurmNodes {
    /// Nodes that are alike.
    struct Group {
        var cpus: Int?
        /// Whether others of the group have more: `256+`.
        var hasMoreCPUs = false
        var mebibytes: Int?
        var hasMoreMemory = false
        var gpus = 0
        var gpuTypes: [String] = []
    }

    private(set) var groups: [String: [Group]] = [:]

    init(_ output: String) {
        for line in AnswerText.lines(of: output) {
            let fields = AnswerText.fields(of: line)
            guard fields.count == 6 else { continue }
            let name = fields[0].hasSuffix("*") ? fields[0].dropLast() : fields[0]
            var group = Group()
            (group.cpus, group.hasMoreCPUs) = Self.number(fields[2])
            (group.mebibytes, group.hasMoreMemory) = Self.number(fields[3])
            (group.gpus, group.gpuTypes) = Self.gpus(fields[4])
            groups[String(name), default: []].append(group)
        }
    }

    private static func number(_ text: Substring) -> (Int?, Bool) {
        let hasMore = text.hasSuffix("+")
        let number = AnswerText.number(AnswerText.trimmed(hasMore ? text.dropLast() : text))
        // More than any machine has: the text is damaged.
        return (number.flatMap { (1...1_000_000_000).contains($0) ? $0 : nil }, hasMore)
    }

    /// `gpu:a100:4(S:0-1),gpu:v100:2,mps:100`: how many of one machine, and the models.
    static func gpus(_ text: some StringProtocol) -> (count: Int, types: [String]) {
        var count = 0
        var types: [String] = []
        var depth = 0
        // Commas within brackets belong to lists of sockets or cores.
        let parts = Substring(text).utf8.split { byte in
            if byte == UInt8(ascii: "(") { depth += 1 }
            if byte == UInt8(ascii: ")") { depth -= 1 }
            return byte == UInt8(ascii: ",") && depth <= 0
        }
        for part in parts {
            let words = AnswerText.fields(of: AnswerText.before("(", in: Substring(part)), by: ":", atMost: 4)
            guard words[0] == "gpu", let number = words.last.flatMap({ AnswerText.number($0) }),
                (1...1024).contains(number)
            else { continue }
            count += number
            if words.count == 3, !words[1].isEmpty, !types.contains(String(words[1])) { types.append(String(words[1])) }
        }
        return (min(count, 1024), types)
    }

    /// The most and the least of one machine of a partition, and of what no most is known.
    struct Sizes {
        var mostCPUs: Int?
        var leastCPUs: Int?
        var mostMemory: Int?
        var leastMemory: Int?
        var gpus = 0
        var gpuTypes: [String] = []
        var isKnown = false
    }

    func sizes(of partition: String) -> Sizes {
        var sizes = Sizes()
        guard let groups = groups[partition] else { return sizes }
        sizes.isKnown = true
        for group in groups {
            sizes.mostCPUs = Known.larger(sizes.mostCPUs, group.cpus)
            sizes.leastCPUs = Known.smaller(sizes.leastCPUs, group.cpus)
            sizes.mostMemory = Known.larger(sizes.mostMemory, group.mebibytes)
            sizes.leastMemory = Known.smaller(sizes.leastMemory, group.mebibytes)
            sizes.gpus = max(sizes.gpus, group.gpus)
            for type in group.gpuTypes where !sizes.gpuTypes.contains(type) { sizes.gpuTypes.append(type) }
        }
        if groups.contains(where: { $0.hasMoreCPUs || $0.cpus == nil }) { sizes.mostCPUs = nil }
        if groups.contains(where: { $0.hasMoreMemory || $0.mebibytes == nil }) { sizes.mostMemory = nil }
        return sizes
    }
}
