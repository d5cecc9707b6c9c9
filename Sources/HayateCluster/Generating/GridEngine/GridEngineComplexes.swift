/// The complexes of `qconf -sc`: what jobs may ask for.
struct GridEngineComplexes {
    struct Complex {
        var name: String
        var type: String
        /// `YES`, `NO` or `FORCED`.
        var requestable: String
        /// `NO`, `YES` (for each slot), `JOB` or `HOST`.
        var consumable: String
    }

    private let complexes: [Complex]

    init(_ output: String) {
        complexes = AnswerText.lines(of: output).compactMap { line in
            let words = AnswerText.words(of: line).map(String.init)
            guard words.count >= 8, !words[0].hasPrefix("#") else { return nil }
            return Complex(
                name: words[0], type: words[2], requestable: words[4].uppercased(), consumable: words[5].uppercased())
        }
    }

    /// Those that sites call memory, the likeliest first.
    private static let memoryNames = [
        "m_mem_free", "h_vmem", "h_rss", "mem_free", "mem", "memory", "tmem", "virtual_free", "s_vmem",
    ]
    private static let gpuNames = ["gpu", "gpus", "ngpus", "GPU", "num_gpu", "cuda"]

    func write(_ draft: inout SiteDraft) {
        let main = ["clusters", "main"]
        let requestable = complexes.filter { $0.requestable != "NO" }
        let memory = requestable.filter { $0.type == "MEMORY" && $0.consumable != "NO" }.sorted { rank($0) < rank($1) }
        if let best = memory.first {
            draft.set(main + ["memory", "complex"], best.name, from: "qconf -sc: consumable \(best.consumable)")
            draft.set(
                main + ["memory", "scope"], best.consumable == "YES" ? "slot" : "job",
                from: "qconf -sc: it counts for each \(best.consumable == "YES" ? "slot" : "job")")
            if memory.count > 1 {
                draft.note("other memory that is handed out: \(memory.dropFirst().map(\.name).joined(separator: ", "))")
            }
        } else {
            let names = requestable.filter { $0.type == "MEMORY" && Self.memoryNames.contains($0.name) }.map(\.name)
            draft.leave(
                "which complex is memory: none of type MEMORY is consumable (qconf -sc); ask the administrator, "
                    + "and write "
                    + "memory: { complex: NAME, scope: slot } if it is "
                    + "\(names.isEmpty ? "a limit all the same" : names.joined(separator: ", ") + " or another")")
        }
        if let gpu = requestable.filter({ $0.consumable != "NO" && Self.gpuNames.contains($0.name) })
            .min(by: { Self.gpuNames.firstIndex(of: $0.name) ?? 0 < Self.gpuNames.firstIndex(of: $1.name) ?? 0 })
        {
            draft.set(
                main + ["gpu", "complex"], gpu.name, from: "qconf -sc: \(gpu.type), consumable \(gpu.consumable)")
        }
        let forced = requestable.filter { $0.requestable == "FORCED" }.map(\.name)
        let fields = forced.compactMap { name in
            name == "h_rt" ? "walltime" : name == memory.first?.name ? "memory" : nil
        }
        if !fields.isEmpty, !draft.has(main + ["requires"]) {
            draft.set(main + ["requires"], .list(fields), from: "qconf -sc: they are FORCED")
        }
        let others = forced.filter { $0 != "h_rt" && $0 != memory.first?.name }
        if !others.isEmpty {
            draft.note(
                "some machines take only jobs that ask for "
                    + "\(others.joined(separator: ", ")) (FORCED)")
        }
    }

    private func rank(_ complex: Complex) -> Int { Self.memoryNames.firstIndex(of: complex.name) ?? .max }
}
