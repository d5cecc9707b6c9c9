import HayateCore

/// The fields of one line of JSON by their names.
struct JSONFields {
    private var values: [String: FlatJSON.Value] = [:]

    /// Nil if the bytes are no object of plain values.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let fields = bytes.withUnsafeBufferPointer({ FlatJSON.fields($0) }) else { return nil }
        for (name, value) in fields { values[name] = value }
    }

    func string(_ name: String) -> String? {
        if case .string(let text) = values[name] { text } else { nil }
    }

    func integer(_ name: String) -> Int? {
        if case .number(let text) = values[name] { Int(text) } else { nil }
    }

    func truth(_ name: String) -> Bool? {
        if case .truth(let value) = values[name] { value } else { nil }
    }

    /// Nil also for an empty list.
    func strings(_ name: String) -> [String]? {
        if case .strings(let texts) = values[name], !texts.isEmpty { texts } else { nil }
    }
}
