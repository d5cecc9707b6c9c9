import ArgumentParser
import Hayate

/// What a daemon has for tasks that run beside each other: options of `hayate daemon`.
struct OfferOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Run several tasks at once, on so many processors; all: those that the system allows (the default with "
                + "one of the next three).", valueName: "count"))
    var cpus: String?

    @Option(
        help: ArgumentHelp(
            "The indexes of graphics processors for tasks, as 0,1,3; auto: those that are found.", valueName: "list"))
    var gpus: String?

    @Option(help: ArgumentHelp("Memory for tasks, as 16GiB.", valueName: "size"))
    var memory: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Anything else for tasks, as licence=2; may be given again.", valueName: "name=count"))
    var resource: [String] = []

    func apply(to options: inout DaemonOptions) throws {
        let given = [("--cpus", cpus), ("--gpus", gpus), ("--memory", memory)] + resource.map { ("--resource", $0) }
        for (option, value) in given {
            guard let value else { continue }
            do {
                try options.setResource(option, to: value)
            } catch {
                throw ValidationError("\(error).")
            }
        }
    }

    func validate() throws {
        var options = DaemonOptions(url: "")
        try apply(to: &options)
    }
}

/// What each command of a sweep needs: options of `hayate map`.
struct NeedOptions: ParsableArguments {
    static let names = ["--cpus-per-task", "--gpus-per-task", "--memory-per-task", "--resource"]

    @Option(help: ArgumentHelp("Processors that each command needs (default: 1).", valueName: "count"))
    var cpusPerTask: Int?

    @Option(
        help: ArgumentHelp(
            "Graphics processors that each command needs; which ones, it finds in CUDA_VISIBLE_DEVICES.",
            valueName: "count"))
    var gpusPerTask: Int?

    @Option(help: ArgumentHelp("Memory that each command needs, as 4GiB.", valueName: "size"))
    var memoryPerTask: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("What else each command needs, as licence=1; may be given again.", valueName: "name=count"))
    var resource: [String] = []

    func validate() throws {
        if let cpusPerTask, cpusPerTask < 1 { throw ValidationError("--cpus-per-task must be at least 1.") }
        if let gpusPerTask, gpusPerTask < 0 { throw ValidationError("--gpus-per-task must not be negative.") }
        _ = try request
    }

    /// nil if nothing is asked for.
    var request: ResourceRequest? {
        get throws {
            guard cpusPerTask != nil || gpusPerTask != nil || memoryPerTask != nil || !resource.isEmpty else {
                return nil
            }
            var request = ResourceRequest(cpus: cpusPerTask ?? 1, gpus: gpusPerTask ?? 0)
            if let memoryPerTask {
                guard let bytes = ByteCount.bytes(in: memoryPerTask), bytes > 0 else {
                    throw ValidationError("--memory-per-task must be a size with its unit, such as 4GiB.")
                }
                request.memory = bytes
            }
            for text in resource {
                do {
                    let (name, count) = try DaemonOptions.named(text, "--resource")
                    request.named[name] = count
                } catch {
                    throw ValidationError("\(error).")
                }
            }
            return request
        }
    }
}
