import Foundation
import HayateCluster
import Testing

/// A plan with nothing special, on a scheduler without a site.
func plainPlan(
    _ kind: SchedulerKind, command: String = "./fit.py", _ change: (inout JobPlan) -> Void = { _ in }
) -> JobPlan {
    var plan = JobPlan(
        request: JobRequest(), name: "fit", command: command, cluster: ClusterProfile(kind),
        runtime: RuntimeProfile(), site: "test")
    plan.cluster.memory.complex = kind == .gridEngine ? "h_vmem" : nil
    plan.cluster.parallelEnvironment.name = kind == .gridEngine ? "smp" : nil
    change(&plan)
    return plan
}

func render(_ plan: JobPlan, _ files: [TemplateFile] = []) throws -> RenderedJob {
    try JobRenderer.render(plan, TemplateLibrary(files))
}

/// The directives of a job, without their prefix.
func directives(_ kind: SchedulerKind, _ change: (inout JobPlan) -> Void) throws -> [String] {
    let prefix = SchedulerFacts.of(kind).directivePrefix + " "
    return try render(plainPlan(kind, change)).lines.map(\.text).filter { $0.hasPrefix(prefix) }
        .map { String($0.dropFirst(prefix.count)) }
}

/// The message of what is refused.
func refusal(_ plan: JobPlan, _ files: [TemplateFile] = []) -> String? {
    do {
        _ = try render(plan, files)
        return nil
    } catch {
        return "\(error)"
    }
}

func refusal(_ kind: SchedulerKind, _ change: (inout JobPlan) -> Void) -> String? {
    refusal(plainPlan(kind, change))
}

/// What a shell says of a script, and what the script prints.
func runShell(_ shell: String, _ arguments: [String], _ script: String) throws -> (code: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: shell)
    process.arguments = arguments
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output
    try process.run()
    input.fileHandleForWriting.write(Data(script.utf8))
    try input.fileHandleForWriting.close()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
}
