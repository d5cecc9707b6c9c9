extension MRG32k3a {
    /// The beginning of a stream for the task with this number, of those that the task which draws from this
    /// state submitted.
    ///
    /// Streams in a row have no room between them for trees of tasks, so this is a state anywhere in the
    /// period, chosen by hashing this one with the number (SplitMix64). That two such streams of 2^50 numbers
    /// overlap is as likely as that two random places out of 2^191 lie that close together.
    public func streamOfChild(_ number: UInt64) -> MRG32k3a {
        var key = SplitMix64.mix(number)
        for word in state { key = SplitMix64.mix(key ^ UInt64(word)) }
        var places = Places(key: key)
        return MRG32k3a(using: &places)
    }

    private struct Places: RandomNumberGenerator {
        var key: UInt64

        mutating func next() -> UInt64 {
            defer { key &+= 0x9E37_79B9_7F4A_7C15 }
            return SplitMix64.mix(key)
        }
    }
}
