import HayateCore
import HayateDaemon

extension Daemons {
    /// - Throws: `HayateError.invalidArgument` with the value and the remedy.
    func validateResources() throws(HayateError) {
        guard let resources = options.resources else { return }
        if isSynchronous {
            throw HayateError(
                .invalidArgument,
                "a synchronous pool runs one task after the other and has no resources to share: leave them out")
        }
        if limits.scheduling == .roundRobin {
            throw HayateError(
                .invalidArgument,
                "daemons with resources need the dispatcher, which counts them: leave out withoutDispatcher()")
        }
        if let name = resources.named.keys.sorted().first(where: { !DaemonOptions.isName($0) }) {
            throw HayateError(
                .invalidArgument,
                "a resource is called \"\(name)\", but names have letters, digits and _, at most 63 of them")
        }
        let counts = resources.named.values.allSatisfy { (0...Int(Int32.max)).contains($0) }
        guard resources.memory ?? 0 >= 0, counts, (1...1 << 20).contains(resources.cpus),
            resources.gpus.allSatisfy({ (0...Int(UInt16.max)).contains($0) }),
            resources.gpus.count <= DaemonOptions.mostGPUs, resources.named.count <= DaemonOptions.mostNames
        else {
            throw HayateError(
                .invalidArgument,
                "a daemon has 1 to 1,048,576 processors, at most \(DaemonOptions.mostGPUs) graphics processors with "
                    + "indexes up to 65,535, no negative memory, and at most \(DaemonOptions.mostNames) "
                    + "named resources")
        }
    }
}
