import ArgumentParser

extension DaemonCount {
    /// What does not go together in the number of daemons and the places for them.
    /// - Throws: `ValidationError`.
    static func check(
        _ daemons: DaemonCount?, _ cluster: ClusterOptions, _ remote: RemoteOptions, _ place: ListenOptions
    ) throws {
        try remote.validate(with: cluster, listen: place.listen)
        let machines = remote.hosts.count
        let fewest = place.listen == nil || machines > 0 ? 1 : 0
        if let daemons, daemons.isElastic, cluster.profile == nil {
            throw ValidationError("--daemons \(daemons) is for a cluster: it needs --profile.")
        }
        if daemons == nil, cluster.profile != nil {
            throw ValidationError(
                "--profile needs the number of daemons: -n 16, or --daemons 0..16 for as many as there is work for.")
        }
        if machines > 0, let daemons, !(1...4096).contains(daemons.range.upperBound)
            || !(1...4096).contains(daemons.range.upperBound * machines)
        {
            throw ValidationError("-n must be at least 1 with --ssh, and 4096 on all machines together at most.")
        }
        if let daemons, !(fewest...4096).contains(daemons.range.upperBound) {
            throw ValidationError("-n must be between 1 and 4096, and can be 0 with --listen.")
        }
    }
}
