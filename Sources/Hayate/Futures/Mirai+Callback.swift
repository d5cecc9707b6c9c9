extension Mirai {
    /// Calls `action` once with the outcome, when there is one; also if there is one already.
    ///
    /// Nothing waits meanwhile, no thread and no Swift task: the outcome's arrival starts the call, as a
    /// Swift task of its own. Several actions of one mirai are each called, in no particular order. Errors
    /// come as values, `HayateError.interrupted` among them.
    public func onResolved(
        _ action: @escaping @Sendable (Result<Value, HayateError>) async -> Void
    ) {
        let state = state
        state.whenResolved {
            // Not here: this may be the thread that receives for all daemons.
            Task.detached {
                guard let resolution = state.resolution else { return }
                await action(Self.outcome(of: resolution, state.decoder))
            }
        }
    }
}
