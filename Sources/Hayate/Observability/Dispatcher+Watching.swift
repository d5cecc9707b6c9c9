import HayateCore

extension Dispatcher {
    /// Under the lock: nobody watches this task any more but who delivers its outcome.
    func takeWatch(_ slot: UInt32, _ state: inout State) -> TaskWatch? {
        state.watches.isEmpty ? nil : state.watches.removeValue(forKey: slot)
    }

    /// Under the lock, after events: what they have changed, for metrics if there are any.
    func count(_ state: inout State) {
        guard instruments?.metrics != nil else { return }
        state.events += 1
        state.afterwards.counts = (state.core.counts, state.events)
    }
}
