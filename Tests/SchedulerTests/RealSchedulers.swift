import Testing

/// The tests of real schedulers. One after the other: each wants a whole cluster.
@Suite("Real schedulers", .serialized, .timeLimit(.minutes(6)))
struct RealSchedulers {}
