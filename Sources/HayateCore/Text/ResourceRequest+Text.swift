extension ResourceRequest: CustomStringConvertible {
    /// `4 processors, 1 graphics processor, 16 GiB, 2 licence`.
    public var description: String {
        var parts = [cpus == 1 ? "1 processor" : "\(cpus) processors"]
        if gpus > 0 { parts.append(gpus == 1 ? "1 graphics processor" : "\(gpus) graphics processors") }
        if memory > 0 { parts.append(ByteCount.text(memory)) }
        for (name, count) in named.sorted(by: { $0.key < $1.key }) { parts.append("\(count) \(name)") }
        return parts.joined(separator: ", ")
    }
}
