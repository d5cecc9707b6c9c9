/// The numbers of a job, checked, with what is meant where nothing is said.
struct JobShape {
    let nodes: Int
    let tasksPerNode: Int
    let cpusPerTask: Int
    /// On each machine.
    let memory: MemorySize?
    let throttle: Int?

    /// - Throws: `ClusterError` for numbers that mean nothing.
    init(_ plan: JobPlan) throws(ClusterError) {
        let request = plan.request
        for (field, number) in [
            ("nodes", request.nodes), ("tasksPerNode", request.tasksPerNode), ("cpus", request.cpus),
            ("gpus", request.gpus?.count), ("array", request.array?.count),
            ("the throttle of array", request.array?.throttle),
        ] + request.licences.map({ ("licences", $0.count) }) {
            guard let number, !(1...1_000_000_000).contains(number) else { continue }
            throw ClusterError("\(field) is \(number); write 1 or more, or leave it out")
        }
        if let memory = request.memory, memory.bytes == 0 {
            throw ClusterError("memory is 0; write how much the job needs, such as 4GiB, or leave it out")
        }
        if let wallTime = request.wallTime, wallTime <= .zero {
            throw ClusterError("walltime is 0; write how long the job may run, such as 2h, or leave it out")
        }
        if let warning = request.warning, warning.before <= .zero {
            throw ClusterError("the warning comes 0 s before the limit; write how long before, such as USR1@60s")
        }
        nodes = request.nodes ?? 1
        tasksPerNode = request.tasksPerNode ?? 1
        cpusPerTask = request.cpus ?? 1
        let (slots, overflow) = tasksPerNode.multipliedReportingOverflow(by: cpusPerTask)
        let (_, overflowOfAll) = slots.multipliedReportingOverflow(by: nodes)
        if overflow || overflowOfAll {
            throw ClusterError("nodes, tasksPerNode and cpus are too many together; write smaller numbers")
        }
        memory = request.memory.map { max($0, plan.cluster.memory.minimum ?? $0) }
        throttle = request.array.flatMap { array in
            [array.throttle, plan.cluster.submission.throttle].compactMap(\.self).min()
        }
    }

    /// Processors of each machine.
    var slotsPerNode: Int { tasksPerNode * cpusPerTask }
    var slots: Int { nodes * slotsPerNode }

    /// So much of `memory` for each of `parts`, rounded up to whole mebibytes.
    func mebibytes(of memory: MemorySize, each parts: Int) -> UInt64 {
        let whole = memory.mebibytesRoundedUp
        let parts = UInt64(parts)
        return whole / parts + (whole % parts == 0 ? 0 : 1)
    }
}
