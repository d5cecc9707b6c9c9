extension ClusterProfile {
    /// Reads this cluster's scheduler; nil for processes of this machine, which have no scheduler that could be asked:
    /// whoever started them hears of their ends.
    public var answerReader: (any AnswerReader)? {
        switch scheduler {
        case .slurm: SlurmReader(self)
        case .gridEngine: GridEngineReader(self)
        case .pbsPro: PBSProReader(self)
        case .torque: TorqueReader(self)
        case .lsf: LSFReader(self)
        case .local: nil
        }
    }
}
