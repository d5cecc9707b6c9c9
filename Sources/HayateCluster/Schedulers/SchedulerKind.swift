/// The families of batch schedulers that are known.
///
/// A further one (Flux, HTCondor) is a case here, its `SchedulerFacts`, a `DirectiveWriter` and an `AnswerReader`; nothing
/// else switches over the kinds.
public enum SchedulerKind: String, Hashable, Sendable, CaseIterable {
    case slurm
    /// Grid Engine: Sun's, Son of, Open, Univa's and Altair's.
    case gridEngine = "sge"
    /// PBS Professional and OpenPBS.
    case pbsPro = "pbspro"
    case torque
    /// Spectrum LSF, and openlava and volclava.
    case lsf
    /// No scheduler: processes of this machine, which start at once.
    case local
}

/// What differs between schedulers and does not depend on a site.
public struct SchedulerFacts: Hashable, Sendable {
    /// What people call it.
    public var title: String
    /// `#SBATCH`, or empty where there are no directives.
    public var directivePrefix: String
    public var submitCommand: String
    public var statusCommand: String
    public var cancelCommand: String
    /// Tells of jobs that have left the queue; nil: there is none.
    public var accountingCommand: String?
    /// The lowest index of an array's elements.
    public var indexBase: Int
    /// The fewest elements of an array.
    public var fewestElements: Int
    /// The most elements of an array where a site says nothing.
    public var mostElements: Int
    /// The variable with the element's index, and what it holds outside of an array if it is set at all.
    public var indexVariable: String
    public var indexOutsideArray: String?
    /// The variable with the job's id.
    public var jobVariable: String
    /// Variables of a surrounding job, or of the user, which must not reach a submission: patterns with `*` at the end.
    public var unsetAtSubmission: [String]

    public static func of(_ kind: SchedulerKind) -> SchedulerFacts {
        switch kind {
        case .slurm:
            SchedulerFacts(
                title: "Slurm", directivePrefix: "#SBATCH", submitCommand: "sbatch", statusCommand: "squeue",
                cancelCommand: "scancel", accountingCommand: "sacct", indexBase: 0, fewestElements: 1,
                mostElements: 1001, indexVariable: "SLURM_ARRAY_TASK_ID", indexOutsideArray: nil,
                jobVariable: "SLURM_JOB_ID", unsetAtSubmission: surrounding)
        case .gridEngine:
            SchedulerFacts(
                title: "Grid Engine", directivePrefix: "#$", submitCommand: "qsub", statusCommand: "qstat",
                cancelCommand: "qdel", accountingCommand: "qacct", indexBase: 1, fewestElements: 1,
                mostElements: 75000, indexVariable: "SGE_TASK_ID", indexOutsideArray: "undefined",
                jobVariable: "JOB_ID", unsetAtSubmission: surrounding)
        case .pbsPro:
            SchedulerFacts(
                title: "PBS Pro", directivePrefix: "#PBS", submitCommand: "qsub", statusCommand: "qstat",
                cancelCommand: "qdel", accountingCommand: "qstat", indexBase: 0, fewestElements: 2,
                mostElements: 10000, indexVariable: "PBS_ARRAY_INDEX", indexOutsideArray: nil,
                jobVariable: "PBS_JOBID", unsetAtSubmission: surrounding)
        case .torque:
            SchedulerFacts(
                title: "Torque", directivePrefix: "#PBS", submitCommand: "qsub", statusCommand: "qstat",
                cancelCommand: "qdel", accountingCommand: "tracejob", indexBase: 0, fewestElements: 1,
                mostElements: 1000, indexVariable: "PBS_ARRAYID", indexOutsideArray: nil,
                jobVariable: "PBS_JOBID", unsetAtSubmission: surrounding)
        case .lsf:
            SchedulerFacts(
                title: "LSF", directivePrefix: "#BSUB", submitCommand: "bsub", statusCommand: "bjobs",
                cancelCommand: "bkill", accountingCommand: "bhist", indexBase: 1, fewestElements: 1,
                mostElements: 1000, indexVariable: "LSB_JOBINDEX", indexOutsideArray: "0",
                jobVariable: "LSB_JOBID", unsetAtSubmission: surrounding)
        case .local:
            SchedulerFacts(
                title: "this machine", directivePrefix: "", submitCommand: "sh", statusCommand: "ps",
                cancelCommand: "kill", accountingCommand: nil, indexBase: 0, fewestElements: 1,
                mostElements: 4096, indexVariable: "HAYATE_ARRAY_INDEX", indexOutsideArray: nil,
                jobVariable: "HAYATE_JOB", unsetAtSubmission: surrounding)
        }
    }

    /// A job that submits another one has its own in the environment, and they would become options of it. LSF
    /// prints its answer elsewhere, or not at all, where the last two are set.
    private static let surrounding = ["SLURM_*", "SBATCH_*", "PBS_*", "SGE_TASK_*", "LSB_*", "BSUB_QUIET", "BSUB_STDERR"]

    /// Where a site says by variables of the same beginning which scheduler is meant.
    static let configuration = ["SLURM_CONF", "PBS_CONF_FILE", "PBS_DEFAULT", "PBS_EXEC", "PBS_HOME", "PBS_SERVER"]
}
