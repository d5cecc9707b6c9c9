/// The random seeds of a sweep's elements.
///
/// Element *i* (from 1) of a sweep with the seed *S* has the *i*-th output of the generator
/// SplitMix64 (Steele, Lea, Flood 2014) that starts at *S*: *S* + *i* · 0x9E3779B97F4A7C15 modulo
/// 2^64, mixed. Neighbouring elements have unrelated seeds, and any element's can be computed
/// alone: an element keeps its seed when it runs again, alone or on another machine.
enum ElementSeed {
    static func seed(sweep: UInt64, index: Int) -> UInt64 {
        var mixed = sweep &+ UInt64(truncatingIfNeeded: index) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
