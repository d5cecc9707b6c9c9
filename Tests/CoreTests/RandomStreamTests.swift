import Testing

import HayateCore

/// One seed with what R 4.2.2 says of it:
///
///     set.seed(seed, kind = "L'Ecuyer-CMRG"); .Random.seed[-1]; runif(3)
///     parallel::nextRNGStream(.Random.seed); parallel::nextRNGSubStream(.Random.seed)
///
/// with the words made unsigned (R prints them as signed), before the `runif`.
struct SeedOfR: Sendable, CustomTestStringConvertible {
    var seed: Int32
    var state: [UInt32]
    var units: [Double]
    var nextStream: [UInt32]
    var nextSubstream: [UInt32]

    var testDescription: String { "seed \(seed)" }

    static let all = [
        SeedOfR(
            seed: 0,
            state: [3459174471, 1280795612, 4125696813, 3852956682, 3691408899, 4072619880],
            units: [0.33292749227232266, 0.89035261799426402, 0.16396344106281080],
            nextStream: [3300713773, 2269678200, 2295423377, 745267815, 1237002977, 287006634],
            nextSubstream: [2941471510, 1624336640, 627421325, 1708384105, 4249255833, 1969995427]),
        SeedOfR(
            seed: 1,
            state: [1280795612, 4125696813, 3852956682, 3691408899, 4072619880, 1489374793],
            units: [0.67753282862874420, 0.42734572288764422, 0.91038053048754830],
            nextStream: [4246464, 4063011236, 3823334500, 1620595781, 533443421, 594164961],
            nextSubstream: [1758599292, 395847541, 373354099, 2678426154, 1293554115, 3114677104]),
        SeedOfR(
            seed: 123,
            state: [1806547166, 3311292359, 643431772, 1162448557, 3335719306, 4161054083],
            units: [0.16637421553159060, 0.38984565788132536, 0.75993984869389997],
            nextStream: [1801422725, 2236991573, 1156894209, 1595475487, 210384600, 2639237639],
            nextSubstream: [701401935, 3939279309, 1513178397, 1735140456, 2710639322, 3842549384]),
        SeedOfR(
            seed: 1234,
            state: [3989189761, 2900596814, 2571824247, 2071488076, 1659356893, 3213916154],
            units: [0.47290981732430920, 0.76978367034229533, 0.21601539708934786],
            nextStream: [1325398954, 3133093606, 3800737834, 4135403746, 560770250, 333672325],
            nextSubstream: [3645908240, 3987746184, 205752301, 3972910899, 2191870027, 571380451]),
        SeedOfR(
            seed: -1,
            state: [1342586034, 2730861707, 103469648, 4014504465, 3310197918, 2360897671],
            units: [0.90344934675783495, 0.66229806974483629, 0.61731140883657465],
            nextStream: [1670600203, 3301307511, 2314076181, 1972032913, 1077497732, 3842708074],
            nextSubstream: [650434433, 1033303526, 3704597917, 1192756673, 3384735526, 3388681229]),
        SeedOfR(
            seed: .max,
            state: [3490069682, 583378059, 2250953296, 1867020817, 1162714270, 213414023],
            units: [0.10687098284931026, 0.54918258363147676, 0.20579363005353957],
            nextStream: [1986407099, 4036309881, 3688277761, 3884918022, 2271021458, 4151707275],
            nextSubstream: [239905537, 4090548176, 2293043234, 3493715730, 3675681012, 1979152354]),
        SeedOfR(
            seed: -2_147_483_647,
            state: [3428279260, 1978213165, 1705473034, 1543925251, 1925136232, 3636858441],
            units: [0.073584331270666076, 0.829239436537447139, 0.629008870998827185],
            nextStream: [3681412593, 3869744608, 1422820437, 1431387826, 2590031948, 1335248838],
            nextSubstream: [2007088141, 3174359089, 1679908793, 230026151, 1109777183, 3436725193]),
    ]
}

@Suite("Random streams") struct RandomStreamTests {
    @Test(arguments: SeedOfR.all)
    func seedsAreThoseOfR(_ known: SeedOfR) throws {
        let seeded = MRG32k3a(seed: known.seed)
        #expect(seeded.state == known.state)
        #expect(MRG32k3a(state: known.state) == seeded)
        var drawing = seeded
        #expect(known.units.map { _ in drawing.nextUnit() } == known.units)
        #expect(seeded.advancedToNextStream().state == known.nextStream)
        #expect(seeded.nextSubstream().state == known.nextSubstream)
    }

    /// RngStreams' default seed, six times 12345. The first number is the first line of the output of its
    /// test program; the beginning of the second stream is in its documentation too; the rest is R 4.2.2's.
    @Test func valuesOfRngStreams() throws {
        let package = try #require(MRG32k3a(state: [UInt32](repeating: 12345, count: 6)))
        var first = package
        let units = (0..<5).map { _ in first.nextUnit() }
        #expect(abs(units[0] - 0.127011122046577) < 1e-15)
        #expect(
            units == [
                0.12701112204657714, 0.31852756539679450, 0.30918601558327008, 0.82584686292711362,
                0.22162991578202290,
            ])
        var second = package.advancedToNextStream()
        #expect(
            second.state
                == [3692455944, 1366884236, 2968912127, 335948734, 4161675175, 475798818])
        #expect([second.nextUnit(), second.nextUnit()] == [0.75958186224871960, 0.97831057326137083])
        var sub = package.nextSubstream()
        #expect(
            sub.state == [870504860, 2641697727, 884013853, 339352413, 2374306706, 3651603887])
        #expect([sub.nextUnit(), sub.nextUnit()] == [0.079398989797334632, 0.480339504757574087])
    }

    /// R: `for (i in 1:10) x <- runif(1e5)` after `set.seed(1234)`, the last number and the state.
    @Test func aMillionDraws() {
        var generator = MRG32k3a(seed: 1234)
        var last = 0.0
        for _ in 0..<1_000_000 { last = generator.nextUnit() }
        #expect(last == 0.82630519682343151)
        #expect(
            generator.state == [343894264, 2359836345, 4244828274, 1130149977, 3831801420, 695874649])
    }

    /// R: a thousand times `nextRNGStream` after `set.seed(1234)`.
    @Test func jumpsOverManyStreams() {
        let base = MRG32k3a(seed: 1234)
        #expect(
            base.advancedByStreams(1000).state
                == [856077187, 1092603932, 2612257730, 254375851, 186836780, 3924314281])
        var stepwise = base
        for count in 0..<70 as Range<UInt64> {
            #expect(base.advancedByStreams(count) == stepwise)
            stepwise = stepwise.advancedToNextStream()
        }
        // Jumps add up, also far ones.
        let far: UInt64 = 1 << 62 + 12345
        #expect(
            base.advancedByStreams(far).advancedByStreams(far)
                == base.advancedByStreams(2 * far))
    }

    @Test func impossibleStatesAreRefused() {
        let good: [UInt32] = [1, 0, 0, 0, 0, 1]
        #expect(MRG32k3a(state: good) != nil)
        #expect(MRG32k3a(state: [0, 0, 0, 1, 1, 1]) == nil)
        #expect(MRG32k3a(state: [1, 1, 1, 0, 0, 0]) == nil)
        #expect(MRG32k3a(state: []) == nil)
        #expect(MRG32k3a(state: good + [1]) == nil)
        for position in 0..<6 {
            var state = good
            let modulus = UInt32(position < 3 ? MRG32k3a.m1 : MRG32k3a.m2)
            state[position] = modulus - 1
            #expect(MRG32k3a(state: state) != nil)
            state[position] = modulus
            #expect(MRG32k3a(state: state) == nil)
        }
    }

    @Test func unitsAreWithinTheirBounds() throws {
        // Both recurrences give 0 next, which makes the largest draw, m1; it must stay below 1.
        var generator = try #require(MRG32k3a(state: [0, 0, 1, 0, 1, 0] as [UInt32]))
        #expect(generator.nextUnit() == 4_294_967_087 * 2.328306549295727688e-10)
        for _ in 0..<100_000 {
            let unit = generator.nextUnit()
            #expect(unit > 0 && unit < 1)
        }
    }

    /// All bits of the 64 occur equally often, and neighbours are independent: 1,000,000 words, five standard
    /// deviations.
    @Test func allBitsAreUsed() {
        var generator = MRG32k3a(seed: 42)
        let count = 1_000_000
        var ones = [Int](repeating: 0, count: 64)
        var changes = [Int](repeating: 0, count: 64)
        var previous = generator.next()
        for _ in 0..<count {
            let word = generator.next()
            let changed = word ^ previous
            previous = word
            for bit in 0..<64 {
                ones[bit] += Int(word >> UInt64(bit) & 1)
                changes[bit] += Int(changed >> UInt64(bit) & 1)
            }
        }
        let allowed = 5 * Int((Double(count) / 4).squareRoot())
        for bit in 0..<64 {
            #expect(abs(ones[bit] - count / 2) < allowed, "bit \(bit)")
            #expect(abs(changes[bit] - count / 2) < allowed, "bit \(bit)")
        }
        // And as what most people draw.
        var sum = 0.0
        for _ in 0..<count { sum += Double.random(in: 0..<1, using: &generator) }
        #expect(abs(sum / Double(count) - 0.5) < 5 * (1.0 / 12 / Double(count)).squareRoot())
    }

    @Test func drawnStatesAreValidAndDiffer() {
        var system = SystemRandomNumberGenerator()
        let all = (0..<100).map { _ in MRG32k3a(using: &system) }
        #expect(Set(all).count == 100)
        #expect(all.allSatisfy { MRG32k3a(state: $0.state) == $0 })
    }
}
