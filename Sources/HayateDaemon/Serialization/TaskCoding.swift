import HayateWire

/// How a daemon reads tasks and writes results. Made once.
package struct TaskCoding: Sendable {
    let shares = SharedStore()
    let context: CodingContext
    let decoder: BinaryDecoder
    let encoder: BinaryEncoder

    init() {
        context = CodingContext(shares: shares)
        var decoder = BinaryDecoder()
        var encoder = BinaryEncoder()
        decoder.userInfo = context.userInfo
        encoder.userInfo = context.userInfo
        self.decoder = decoder
        self.encoder = encoder
    }

    /// Looks whether all that a task needs beside its body is here.
    func check(_ details: TaskDetails) throws(SharedError) {
        for number in details.shares { _ = try shares.region(number) }
    }

    /// The host does not know this daemon, or is another one: numbers and names of the last one are void.
    func forget() {
        shares.removeAll()
        context.changeHooks { $0 = HookTable() }
    }
}
