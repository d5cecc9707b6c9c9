extension JobRequest {
    /// This request with what it leaves out from another one. Where both say something, this one holds; lists are
    /// put behind the other's, and variables and licences are put together by their names.
    public func completed(from other: JobRequest) -> JobRequest {
        var result = self
        result.name = name ?? other.name
        result.queue = queue ?? other.queue
        result.account = account ?? other.account
        result.project = project ?? other.project
        result.qualityOfService = qualityOfService ?? other.qualityOfService
        result.reservation = reservation ?? other.reservation
        result.licences = other.licences.filter { licence in !licences.contains { $0.name == licence.name } } + licences
        result.nodes = nodes ?? other.nodes
        result.tasksPerNode = tasksPerNode ?? other.tasksPerNode
        result.cpus = cpus ?? other.cpus
        result.memory = memory ?? other.memory
        result.wallTime = wallTime ?? other.wallTime
        result.gpus = gpus ?? other.gpus
        result.isExclusive = isExclusive ?? other.isExclusive
        result.constraint = constraint ?? other.constraint
        result.array = array ?? other.array
        result.output = output ?? other.output
        result.errorOutput = errorOutput ?? other.errorOutput
        result.directory = directory ?? other.directory
        result.environment = other.environment.merging(environment) { $1 }
        result.modules = joined(other.modules, modules)
        result.prologue = other.prologue + prologue
        result.epilogue = epilogue + other.epilogue
        result.dependencies = other.dependencies + dependencies
        result.warning = warning ?? other.warning
        result.mail = mail ?? other.mail
        result.priority = priority ?? other.priority
        result.isRequeued = isRequeued ?? other.isRequeued
        result.isHeld = isHeld ?? other.isHeld
        result.extraDirectives = joined(other.extraDirectives, extraDirectives)
        result.dropDirectives = joined(other.dropDirectives, dropDirectives)
        result.rawOptions = other.rawOptions + rawOptions
        result.template = template ?? other.template
        return result
    }

    private func joined(_ first: [String], _ second: [String]) -> [String] {
        first + second.filter { !first.contains($0) }
    }

    /// Whether a field that a site can require is there.
    func has(_ field: String) -> Bool {
        switch field {
        case "name": name != nil
        case "queue": queue != nil
        case "account": account != nil
        case "project": project != nil
        case "qos": qualityOfService != nil
        case "reservation": reservation != nil
        case "licences": !licences.isEmpty
        case "nodes": nodes != nil
        case "tasksPerNode": tasksPerNode != nil
        case "cpus": cpus != nil
        case "memory": memory != nil
        case "walltime": wallTime != nil
        case "gpus": gpus != nil
        case "exclusive": isExclusive != nil
        case "constraint": constraint != nil
        case "output": output != nil
        case "errorOutput": errorOutput != nil
        case "directory": directory != nil
        case "environment": !environment.isEmpty
        case "modules": !modules.isEmpty
        case "prologue": !prologue.isEmpty
        case "epilogue": !epilogue.isEmpty
        case "warning": warning != nil
        case "mail": mail != nil
        case "priority": priority != nil
        case "requeue": isRequeued != nil
        case "hold": isHeld != nil
        case "extraDirectives": !extraDirectives.isEmpty
        case "dropDirectives": !dropDirectives.isEmpty
        case "rawOptions": !rawOptions.isEmpty
        case "template": template != nil
        default: false
        }
    }
}
