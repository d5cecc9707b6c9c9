/// Names of jobs that the scheduler takes, that people recognise, and that are unique.
struct JobNames {
    private let longest: Int
    private let allowed: Regex<AnyRegexOutput>?

    init(_ cluster: ClusterProfile) {
        longest = cluster.naming.longest ?? Self.longest(cluster.scheduler)
        // The reading of the site has seen that it compiles.
        allowed = cluster.naming.allowed.flatMap { try? Regex("[\($0)]") }
    }

    /// `hayate-<run>-<piece>`, or with the request's name at its beginning. Characters that names may not have become
    /// `_` or what is allowed in its place; what is too long is cut before them, so that run
    /// and piece stay.
    /// - Throws: where not even they have room.
    func name(_ wished: String?, run: String, piece: UInt32) throws(ClusterError) -> String {
        let ending = "-\(run)-\(piece)"
        var beginning = wished ?? ""
        if beginning.isEmpty { beginning = "hayate" }
        // Grid Engine and PBS want a letter first.
        if beginning.first?.isASCII != true || beginning.first?.isLetter != true { beginning = "h" + beginning }
        guard ending.count < longest else {
            throw ClusterError(
                "names of jobs have at most \(longest) characters here, which '\(ending)' does not fit into; raise "
                    + "naming.max"
            )
        }
        let name = String(beginning.prefix(longest - ending.count)) + ending
        let replacement = "_-.x0".first(where: isAllowed) ?? "x"
        return String(name.map { isAllowed($0) ? $0 : replacement })
    }

    private func isAllowed(_ character: Character) -> Bool {
        guard let allowed else {
            return character.isASCII && (character.isLetter || character.isNumber) || "_.-".contains(character)
        }
        return String(character).wholeMatch(of: allowed) != nil
    }

    /// Old versions of Torque take no more than 15; the others' limits are far off.
    private static func longest(_ scheduler: SchedulerKind) -> Int {
        scheduler == .torque ? 15 : 128
    }
}
