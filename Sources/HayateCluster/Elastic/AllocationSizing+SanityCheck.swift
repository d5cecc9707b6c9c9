extension AllocationSizing {
    /// Re-derives the counts from the records, and says what does not agree. For simulations and tests.
    public func sanityCheck() -> String? {
        let present = allocations.values.reduce(0) { $0 + $1.present }
        if present != self.present { return "\(present) daemons are present, counted \(self.present)" }
        let coming = allocations.values.reduce(0) { $0 + self.coming(of: $1) }
        if coming != self.coming { return "\(coming) daemons are coming, counted \(self.coming)" }
        if requested < 0 || resting < 0 { return "requested \(requested), resting \(resting)" }
        if target > limits.maximum { return "\(target) daemons are wanted of at most \(limits.maximum)" }
        if isPaused, shortSince != nil { return "it pauses and gathers" }
        return nil
    }
}
