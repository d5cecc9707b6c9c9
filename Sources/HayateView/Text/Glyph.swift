/// What stands in one place of a terminal: a scalar with the marks on it.
struct Glyph: Hashable, Sendable {
    var text: String
    /// 1 or 2.
    var columns: Int

    /// Marks on one scalar that are kept: letters of living languages have no more.
    private static let mostMarks = 3

    /// The glyphs of a text that others wrote. Nothing in them can make a terminal do anything but show them: what is
    /// no visible scalar becomes `?`, spaces of all kinds and line ends a space, and invisible joiners are left out.
    ///
    /// - Parameter limit: how many columns are wanted at most; what is cut is not looked at.
    static func all(of text: String, limit: Int = .max) -> [Glyph] {
        var glyphs: [Glyph] = []
        var columns = 0
        var marks = 0
        for scalar in text.unicodeScalars {
            guard let shown = visible(scalar) else { continue }
            let width = TextWidth.columns(shown)
            if width == 0 {
                // A mark at the beginning has nothing to stand on.
                guard !glyphs.isEmpty, marks < mostMarks else { continue }
                glyphs[glyphs.count - 1].text.unicodeScalars.append(shown)
                marks += 1
                continue
            }
            guard columns + width <= limit else { break }
            glyphs.append(Glyph(text: String(Character(shown)), columns: width))
            columns += width
            marks = 0
        }
        return glyphs
    }

    /// nil: it is left out.
    private static func visible(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        if (0x20...0x7E).contains(scalar.value) { return scalar }
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: return " "
        // Joiners and selectors change the width of what is before them, on some terminals.
        case 0x200B...0x200D, 0x2060, 0xFE00...0xFE0F, 0xE0100...0xE01EF, 0xAD, 0xFEFF: return nil
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: return "?"
        case .lineSeparator, .paragraphSeparator, .spaceSeparator: return " "
        default: return scalar
        }
    }
}

/// Text as a terminal may show it.
package enum SafeText {
    /// Without anything that a terminal would obey; see `Glyph.all`.
    package static func text(_ text: String) -> String {
        Glyph.all(of: text).reduce(into: "") { $0 += $1.text }
    }

    package static func columns(_ text: String) -> Int { Glyph.all(of: text).reduce(0) { $0 + $1.columns } }

    /// Its lines, each without anything that a terminal would obey. Ends of lines of all kinds, and without empty lines
    /// at the end.
    package static func lines(_ text: String) -> [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var afterReturn = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where afterReturn: afterReturn = false
            case "\n", "\r":
                lines.append(SafeText.text(String(line)))
                line = String.UnicodeScalarView()
                afterReturn = scalar == "\r"
            default:
                afterReturn = false
                line.append(scalar)
            }
        }
        lines.append(SafeText.text(String(line)))
        while lines.last?.allSatisfy({ $0 == " " }) == true { lines.removeLast() }
        return lines
    }

    /// In lines of so many columns, broken between words where that is possible.
    package static func wrapped(_ text: String, columns: Int) -> [String] {
        let columns = max(1, columns)
        return lines(text).flatMap { line -> [String] in
            var glyphs = Glyph.all(of: line)[...]
            var result: [String] = []
            repeat {
                var width = 0
                var end = glyphs.startIndex
                var afterSpace: Int?
                while end < glyphs.endIndex, width + glyphs[end].columns <= columns {
                    width += glyphs[end].columns
                    end += 1
                    if glyphs[end - 1].text == " " { afterSpace = end }
                }
                if end < glyphs.endIndex {
                    if let afterSpace, afterSpace > glyphs.startIndex { end = afterSpace }
                    // Something wider than the whole line is left out.
                    if end == glyphs.startIndex {
                        glyphs = glyphs.dropFirst()
                        continue
                    }
                }
                result.append(glyphs[..<end].reduce(into: "") { $0 += $1.text })
                glyphs = glyphs[end...]
            } while !glyphs.isEmpty
            return result
        }
    }
}
