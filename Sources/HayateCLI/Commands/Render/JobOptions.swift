import ArgumentParser
import HayateCluster

/// What a job of a batch scheduler shall have: options of the commands that make one.
///
/// Their values are read by the same table of keys as files of requests, and so with the same messages.
struct JobOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A file of YAML or JSON with these wishes; the options hold over it.", valueName: "file"))
    var request: String?

    @Option(help: ArgumentHelp("What people see in the queue's list.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("The queue, or partition.", valueName: "name"))
    var queue: String?

    @Option(help: ArgumentHelp("The account.", valueName: "name"))
    var account: String?

    @Option(help: ArgumentHelp("The project, where it is something else than the account.", valueName: "name"))
    var project: String?

    @Option(help: ArgumentHelp("The quality of service.", valueName: "name"))
    var qos: String?

    @Option(help: ArgumentHelp("The reservation.", valueName: "name"))
    var reservation: String?

    @Option(help: ArgumentHelp("How many machines.", valueName: "count"))
    var nodes: String?

    @Option(help: ArgumentHelp("How many processes on each machine.", valueName: "count"))
    var tasksPerNode: String?

    @Option(help: ArgumentHelp("Processors of each process.", valueName: "count"))
    var cpus: String?

    @Option(help: ArgumentHelp("Memory on each machine, for example 4GiB.", valueName: "size"))
    var memory: String?

    @Option(help: ArgumentHelp("How long the job may run, for example 90m or 1d12h.", valueName: "time"))
    var walltime: String?

    @Option(help: ArgumentHelp("Graphics processors on each machine: 2, or a100:2.", valueName: "count"))
    var gpus: String?

    @Option(help: ArgumentHelp("What the machines must have, in the scheduler's words.", valueName: "text"))
    var constraint: String?

    @Flag(help: "The machines are for this job alone.")
    var exclusive = false

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("A licence, and how many of it. May be given several times.", valueName: "name[:count]"))
    var licence: [String] = []

    @Option(help: ArgumentHelp("As many elements, and how many of them at once, for example 100%5.", valueName: "count[%most]"))
    var array: String?

    @Option(
        help: ArgumentHelp(
            "The file for what the job prints; {name}, {job}, {task}, {user} and {host} are filled in.", valueName: "file"))
    var outputFile: String?

    @Option(help: ArgumentHelp("The same for errors (default: with the output).", valueName: "file"))
    var errorFile: String?

    @Option(help: ArgumentHelp("Where the job starts (default: where it is submitted).", valueName: "dir"))
    var directory: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A variable of the job. May be given several times; nothing else is passed on.", valueName: "name=value"))
    var env: [String] = []

    @Option(parsing: .singleValue, help: ArgumentHelp("A module to load. May be given several times.", valueName: "name"))
    var module: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A line of shell before the command. May be given several times.", valueName: "line"))
    var prologue: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A line of shell after it, however it ends. May be given several times.", valueName: "line"))
    var epilogue: [String] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("A condition on other jobs, for example afterOK:12:13. May be given several times.", valueName: "condition"))
    var dependency: [String] = []

    @Option(help: ArgumentHelp("A signal before the end of the time, for example USR1@2m.", valueName: "signal@time"))
    var warning: String?

    @Option(help: ArgumentHelp("The scheduler writes there when the job ends or fails.", valueName: "address"))
    var mail: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("In the scheduler's own numbers.", valueName: "number"))
    var priority: String?

    @Flag(help: "The scheduler may start it again after it lost a machine.")
    var requeue = false

    @Flag(help: "It waits until somebody releases it.")
    var hold = false

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A directive that is added as it is, without its prefix. May be given several times.", valueName: "text"))
    var directive: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A directive that is left out, by its option. May be given several times.", valueName: "option"))
    var dropDirective: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A word for the command line of the submission. May be given several times.", valueName: "word"))
    var rawOption: [String] = []

    @Option(help: ArgumentHelp("The template of the script: its file, or the name of a built-in one.", valueName: "file"))
    var template: String?
}
