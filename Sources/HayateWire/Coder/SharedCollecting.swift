/// Content that travels once to each receiver, while values only mean it by its number.
package protocol SharedContent: AnyObject, Sendable {
    /// Told from all other contents of this process by it.
    var number: UInt64 { get }
}

/// An encoder whose caller sends shared contents beside the values that mean them.
package protocol SharedCollecting {
    /// Notes that the value being encoded means this content.
    /// - Returns: false if nothing is collected here: the value must then hold the content itself.
    func collect(_ content: any SharedContent) -> Bool
}

extension ValueEncoder: SharedCollecting {
    func collect(_ content: any SharedContent) -> Bool {
        guard core.collects else { return false }
        // The same one many times in a row is what arrays of handles give.
        if core.contents.last !== content { core.contents.append(content) }
        return true
    }
}
