import HayateCore

/// Reads lengths of time on the command line.
enum TimeLength {
    /// `30`, `30s`, `500ms`, `5m` or `5min`, `1.5h`, `2d`; a bare number is seconds.
    ///
    /// - Throws: for anything else, and for nothing, negative or more than 100 years.
    static func parse(_ text: String) throws -> Duration {
        guard let length = Duration(text: text), length > .zero, length <= .seconds(3_200_000_000)
        else { throw CommandLineError.badDuration(text) }
        return length
    }
}
