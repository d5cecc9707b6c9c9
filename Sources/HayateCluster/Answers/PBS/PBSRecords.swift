/// What `qstat -f` prints of jobs, in any of its forms for people and programs: `-F dsv`, `-1`, and lines wrapped at
/// 78 columns.
enum PBSRecords {
    /// The attributes of each job under their names in small letters, and its id under `job id`.
    static func read(_ output: String) -> [[String: String]] {
        var records: [[String: String]] = []
        var attribute: String?
        // An attribute that comes again is that of another job, whose first line is missing.
        var isOver = false
        for line in AnswerText.lines(of: output) {
            if line.hasPrefix("Job Id: ") {
                records.append(oneLine(line.dropFirst(8)))
                attribute = nil
                isOver = false
            } else if records.isEmpty || isOver {
                continue
            } else if line.hasPrefix("    "), let (name, value) = pair(line.dropFirst(4), " = ") {
                isOver = records[records.count - 1][name] != nil
                if !isOver { records[records.count - 1][name] = value }
                attribute = name
            } else if let attribute {
                // Wrapped, with a tab or eight blanks in front; some values have line ends of their own.
                records[records.count - 1][attribute]? += line.drop { $0 == " " || $0 == "\t" }
            } else {
                // A line end within a value of the form with everything in one line.
                merge(fields(line), into: &records[records.count - 1])
            }
        }
        return records
    }

    /// `12.pbs1`, or with all attributes behind it: `12.pbs1|Job_Name=x|job_state=Q`.
    private static func oneLine(_ text: Substring) -> [String: String] {
        let fields = fields(text)
        var record = ["job id": String(AnswerText.trimmed(fields.first ?? ""))]
        merge(Array(fields.dropFirst()), into: &record)
        return record
    }

    private static func merge(_ fields: [String], into record: inout [String: String]) {
        for field in fields {
            guard let (name, value) = pair(Substring(field), "=") else { continue }
            record[name] = record[name] ?? value
        }
    }

    /// Between bars that have no backslash in front.
    private static func fields(_ text: Substring) -> [String] {
        var fields: [[UInt8]] = [[]]
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                fields[fields.count - 1].append(byte)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "|") {
                fields.append([])
            } else {
                fields[fields.count - 1].append(byte)
            }
        }
        return fields.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func pair(_ text: Substring, _ sign: String) -> (String, String)? {
        guard let value = AnswerText.after(sign, in: text) else { return nil }
        let name = AnswerText.before(sign, in: text)
        let isName = !name.isEmpty && name.utf8.allSatisfy { byte in
            (97...122).contains(byte | 32) || AnswerText.isDigit(byte) || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: ".")
        }
        return isName ? (name.lowercased(), String(AnswerText.trimmed(value))) : nil
    }
}
