/// Makes the script of a plan, and the command that submits it.
public enum JobRenderer {
    /// - Parameters:
    ///   - templates: the layouts; the plan names one, or means its scheduler's.
    ///   - origins: where fields of the request come from, by name (`walltime`, `environment.HOME`), for `--explain`.
    /// - Throws: `ClusterError` for what the scheduler cannot express, what no script may hold, and what is wrong with
    ///   the template.
    public static func render(
        _ plan: JobPlan, _ templates: TemplateLibrary, origins: [String: String] = [:]
    ) throws(ClusterError) -> RenderedJob {
        try FieldChecks.check(plan)
        let writer = plan.cluster.scheduler.directiveWriter
        let name = try templates.name(for: plan)
        let directives = try DirectiveSelection.directives(of: plan, writer)
        let output = try writer.outputPattern(of: plan)
        let notes = writer.notes(on: plan)
        let context = ScriptContext(
            plan, directives, output: output, warns: writer.sendsWarnings,
            FieldOrigins(places: origins, request: plan.request))
        guard let text = templates.mustache.render(context.values, withTemplate: name) else {
            throw ClusterError("there is no template \(name); name one of \(templates.names)")
        }
        let checks = ScriptChecks(
            place: templates.files[name]?.place ?? name, writer: writer, kind: plan.cluster.scheduler)
        let lines = try checks.lines(of: text)
        var job = RenderedJob(lines: lines, submission: CommandLine(writer.submission(of: plan)), output: output)
        job.notes = notes
        job.submission.environment = plan.cluster.commands.environment
        job.submission.unset = plan.cluster.facts.unsetAtSubmission + plan.cluster.submission.unset
        job.submission.kept = SchedulerFacts.configuration
        job.submission.timeLimit = plan.cluster.commands.timeout
        if plan.cluster.submission.way == .standardInput { job.submission.standardInput = job.script }
        return job
    }
}

/// What a site and a request add to the directives of a writer, and leave out of them.
enum DirectiveSelection {
    static func directives(of plan: JobPlan, _ writer: any DirectiveWriter) throws(ClusterError) -> [Directive] {
        let drops = plan.cluster.dropDirectives + plan.request.dropDirectives
        var directives = try writer.directives(of: plan).filter { directive in
            !drops.contains { directive.isMeant(by: $0) }
        }
        for extra in plan.extraDirectives {
            guard extra.text.utf8.first == UInt8(ascii: "-") else {
                throw ClusterError(
                    "extraDirectives hold '\(extra.text)', which is no option; write it as on the command line, without "
                        + (plan.cluster.facts.directivePrefix.isEmpty ? "a prefix" : plan.cluster.facts.directivePrefix))
            }
            if plan.cluster.scheduler == .local {
                throw ClusterError("this machine has no scheduler that could read extraDirectives; take them out")
            }
            directives.append(extra)
        }
        return directives
    }
}

extension JobPlan {
    /// Those of the cluster, of the queue and of the request, each once.
    var extraDirectives: [Directive] {
        var extras: [Directive] = []
        let queue = request.queue.flatMap { cluster.queues[$0]?.extraDirectives } ?? []
        for (origin, texts) in [
            ("profile: cluster.extraDirectives", cluster.extraDirectives), ("profile: queue.extraDirectives", queue),
            ("request: extraDirectives", request.extraDirectives),
        ] {
            for text in texts where !extras.contains(where: { $0.text == text }) {
                extras.append(Directive(String(text.prefix { $0 != "=" && $0 != " " }), text, from: origin))
            }
        }
        return extras
    }
}
