/// How a cell looks. Nothing is told by its colour alone.
public struct Style: Hashable, Sendable {
    /// The colours that every terminal has, in the tones that its user chose.
    public enum Colour: UInt8, Hashable, Sendable {
        case red = 31
        case green, yellow, blue, magenta, cyan
        case brightBlack = 90
    }

    public var colour: Colour?
    public var isBold = false
    /// Light on dark where the rest is dark on light, or the other way.
    public var isReversed = false

    public init(_ colour: Colour? = nil, bold: Bool = false, reversed: Bool = false) {
        self.colour = colour
        isBold = bold
        isReversed = reversed
    }

    static let plain = Style()
    static let heading = Style(bold: true)
    static let dim = Style(.brightBlack)
    static let good = Style(.green)
    static let bad = Style(.red)
    static let warning = Style(.yellow)
    static let active = Style(.cyan)
}

/// A piece of text in one style.
public struct StyledText: Hashable, Sendable {
    public var text: String
    public var style: Style

    public init(_ text: String, _ style: Style = Style()) {
        self.text = text
        self.style = style
    }
}
