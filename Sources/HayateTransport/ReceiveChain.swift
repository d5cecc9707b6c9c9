/// Who of a connection's two receiving operations has the role of the one chain of receives.
///
/// Usually the operation whose callback runs posts the next receive when it is done. The role can be handed
/// on while the callback is still busy; the callback then finds that it has lost it. An operation is never
/// posted while its own callback runs on another thread.
struct ReceiveChain {
    private(set) var owner = 0
    private var isDelivering = false
    /// Whether a callback of this operation has been entered and not left.
    var isBusy = [false, false]

    /// Bytes are about to be handed over.
    mutating func begin(_ index: Int) {
        isBusy[index] = true
        isDelivering = true
    }

    /// They were handed over; false if the role was handed on meanwhile.
    mutating func end(_ index: Int) -> Bool {
        guard owner == index else { return false }
        isDelivering = false
        return true
    }

    /// Hands the role on while the owner is delivering; nil where nobody could take it.
    mutating func handOn() -> Int? {
        let other = 1 - owner
        guard isDelivering, !isBusy[other] else { return nil }
        owner = other
        isDelivering = false
        return other
    }
}
