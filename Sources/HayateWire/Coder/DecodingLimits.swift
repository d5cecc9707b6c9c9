/// What a decoder may spend on bytes that somebody else wrote.
///
/// The decoder checks every length against the bytes that are there before it allocates, so these
/// limits only bound what honest lengths can ask for. They are not a limit on the time that a
/// type's own `init(from:)` takes.
public struct DecodingLimits: Hashable, Sendable {
    /// How deeply values may lie in each other, 1 or more. 256 levels need well under 1 MB of
    /// stack.
    public var maximumDepth: Int
    /// The longest message in bytes.
    public var maximumInputBytes: Int
    /// Bytes that any message may allocate, however short; 1 MiB unless told.
    public var allocationBase: Int
    /// Bytes that a message may allocate per byte of its own, on top of `allocationBase`. An array
    /// of structs whose fields are all nil is the honest worst case: about 10.
    public var allocationFactor: Int

    public init(
        maximumDepth: Int = 256,
        maximumInputBytes: Int = .max,
        allocationBase: Int = 1 << 20,
        allocationFactor: Int = 64
    ) {
        self.maximumDepth = maximumDepth
        self.maximumInputBytes = maximumInputBytes
        self.allocationBase = allocationBase
        self.allocationFactor = allocationFactor
    }

    /// The limits for messages of an admitted peer.
    public static let `default` = DecodingLimits()

    /// Bytes that decoding a message of this length may allocate.
    func budget(inputBytes: Int) -> Int {
        let (product, overflow) = inputBytes.multipliedReportingOverflow(by: allocationFactor)
        guard !overflow else { return .max }
        let (sum, sumOverflow) = product.addingReportingOverflow(allocationBase)
        return sumOverflow ? .max : sum
    }
}
