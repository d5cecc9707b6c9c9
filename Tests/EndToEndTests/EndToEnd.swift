import Testing

/// What a user types, and what is seen. One after the other: each test wants the whole machine.
@Suite(.serialized, .timeLimit(.minutes(10)))
enum EndToEnd {}
