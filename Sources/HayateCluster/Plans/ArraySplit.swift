/// How many elements become which jobs.
struct ArraySplit {
    /// Elements of each job, in order; 1 is a job without an array.
    var sizes: [Int]
    /// How many of each may run at once; nil: all.
    var throttles: [Int?]

    /// - Parameters:
    ///   - count: elements, at least 1.
    ///   - most: elements of one array.
    ///   - throttle: how many of all may run at once.
    /// - Throws: where the throttle is smaller than the number of arrays, which do not know of each other.
    init(_ count: Int, most: Int, fewest: Int, throttle: Int?) throws(ClusterError) {
        // As even as can be, so that no array of one is left where the scheduler has none: PBS Pro wants two.
        let most = most < fewest ? 1 : most
        let pieces = (count + most - 1) / most
        sizes = (0..<pieces).map { count / pieces + ($0 < count % pieces ? 1 : 0) }
        guard let throttle, throttle < count else {
            throttles = sizes.map { _ in nil }
            return
        }
        guard throttle >= pieces else {
            throw ClusterError(
                "\(count) elements are \(pieces) arrays, as one holds at most \(most); of each at least one runs, "
                    + "which is "
                    + "more than the \(throttle) that may run at once: raise the throttle to \(pieces), or ask for "
                    + "fewer elements"
            )
        }
        throttles = (0..<pieces).map { throttle / pieces + ($0 < throttle % pieces ? 1 : 0) }
        for index in sizes.indices where throttles[index] ?? 0 >= sizes[index] { throttles[index] = nil }
    }
}
