import Glibc
import HayateCore

extension Command {
    /// Tells a command what it was given of its daemon, in variables that programs know.
    ///
    /// `HAYATE_CPUS`, `HAYATE_MEMORY` (bytes, if it asked for memory), `HAYATE_GPUS` (indexes with commas between
    /// them), `HAYATE_RESOURCE_NAME` for each named resource, its name in capitals. `CUDA_VISIBLE_DEVICES` and
    /// `HIP_VISIBLE_DEVICES` are the same as `HAYATE_GPUS`, also where that is none, if the daemon gives graphics
    /// processors to tasks. `OMP_NUM_THREADS` is the number of processors, unless the command or its daemon has one.
    mutating func addVariables(of grant: ResourceGrant, sharesGPUs: Bool) {
        environment["HAYATE_CPUS"] = String(grant.cpus)
        if grant.memory > 0 { environment["HAYATE_MEMORY"] = String(grant.memory) }
        let indexes = grant.gpus.map { String($0) }.joined(separator: ",")
        environment["HAYATE_GPUS"] = indexes
        if sharesGPUs {
            environment["CUDA_VISIBLE_DEVICES"] = indexes
            environment["HIP_VISIBLE_DEVICES"] = indexes
        }
        for (name, count) in grant.named { environment["HAYATE_RESOURCE_" + name.uppercased()] = String(count) }
        let threads = "OMP_NUM_THREADS"
        if environment[threads] == nil, clearsEnvironment || getenv(threads) == nil {
            environment[threads] = String(grant.cpus)
        }
    }
}
