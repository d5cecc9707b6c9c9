import HayateCluster
import HayateCore
import Testing

/// Surveys of schedulers whose answers are recordings, or texts.
struct SurveyWorld {
    var kind: SchedulerKind
    var user = "root"
    var variables: [String: String] = [:]
    /// By the command as people would type it; all others are not there.
    var answers: [String: CommandAnswer] = [:]

    /// The testbed's Slurm.
    static func slurm() throws -> SurveyWorld {
        SurveyWorld(
            kind: .slurm, variables: ["SLURM_CONF": "/etc/slurm/slurm.conf", "HOME": "/root"],
            answers: [
                "scontrol show config": try recorded("slurm/scontrol-show-config"),
                "scontrol show partition -o": try recorded("slurm/scontrol-show-partition"),
                "sinfo -h -e -o '%P|%l|%c|%m|%G|%D'": try recorded("slurm/sinfo"),
                "sacctmgr -nP show assoc user=root format=account,partition,qos": try recorded(
                    "slurm/sacctmgr-associations"),
            ])
    }

    /// The testbed's Grid Engine.
    static func gridEngine() throws -> SurveyWorld {
        var world = SurveyWorld(kind: .gridEngine, variables: ["SGE_ROOT": "/opt/sge", "SGE_CELL": "hayate"])
        for (command, name) in [
            ("qconf -help", "qsub-version"), ("qconf -sql", "qconf-sql"), ("qconf -sc", "qconf-sc"),
            ("qconf -spl", "qconf-spl"),
            ("qconf -sel", "qconf-sel"), ("qconf -sconf", "qconf-sconf"), ("qconf -sq main.q", "qconf-sq"),
            ("qconf -sp make", "qconf-sp-make"), ("qconf -sp mpi", "qconf-sp-mpi"), ("qconf -sp smp", "qconf-sp-smp"),
        ] {
            world.answers[command] = try recorded("gridengine/\(name)")
        }
        return world
    }

    static func pbsPro() throws -> SurveyWorld {
        SurveyWorld(
            kind: .pbsPro,
            answers: [
                "qstat -Q -f": try recorded("pbspro/qstat-queues"), "pbsnodes -a": try recorded("pbspro/pbsnodes"),
            ])
    }

    static func torque() throws -> SurveyWorld {
        SurveyWorld(
            kind: .torque,
            answers: [
                "qstat -Q -f": try recorded("torque/qstat-queues"), "qstat -B -f": try recorded("torque/qstat-server"),
            ])
    }

    static func lsf() throws -> SurveyWorld {
        SurveyWorld(
            kind: .lsf, variables: ["LSF_ENVDIR": "/lsf/conf"],
            answers: [
                "bqueues -l": try recorded("lsf/bqueues-long"), "lshosts -w": try recorded("lsf/lshosts"),
                "lsid": .text("IBM Spectrum LSF Standard 10.1.0.13, Apr 15 2022\nMy cluster name is Farm22\n"),
                "bparams -a": .text(
                    "DEFAULT_QUEUE = normal idle\nMAX_JOB_ARRAY_SIZE = 5000\nCLEAN_PERIOD = "
                        + "60\nRESOURCE_RESERVE_PER_TASK = Y\n"
                ),
                "cat /lsf/conf/lsf.conf": .text("LSF_UNIT_FOR_LIMITS=MB # since 2019\nLSB_JOB_MEMLIMIT=\"y\"\n"),
            ])
    }

    static func all() throws -> [SurveyWorld] {
        [try slurm(), try gridEngine(), try pbsPro(), try torque(), try lsf()]
    }

    mutating func answer(_ command: String, _ text: String) { answers[command] = .text(text) }

    /// Asks as long as there are questions.
    func draft() throws -> SiteDraft {
        let survey = try #require(kind.survey)
        var known = SurveyAnswers(user: user, variables: variables)
        while true {
            let open = survey.questions(after: known).filter { !known.has($0) }
            if open.isEmpty { break }
            for question in open {
                known.add(answers[question.text] ?? CommandAnswer(.notStarted("no such program")), to: question)
            }
        }
        return survey.draft(known)
    }

    /// What the project's own reader makes of the file.
    func profile() throws -> SiteProfile {
        let text = try draft().yaml(host: "login1.example.org")
        do throws(SettingFaults) {
            let node = try SettingFile.read(text, source: "made.yaml", layer: .user)
            return try SiteSettings(id: "made", layers: [node]).profile
        } catch {
            Issue.record("\(error.faults.map(\.description).joined(separator: "\n"))\n\(text)")
            throw error
        }
    }

    func cluster() throws -> ClusterProfile { try #require(try profile().clusters["main"]) }
}

extension CommandAnswer {
    static func text(_ output: String) -> CommandAnswer { CommandAnswer(.process(.exited(code: 0)), output: output) }
}
