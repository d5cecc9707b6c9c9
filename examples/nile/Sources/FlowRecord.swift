import Foundation

/// The annual flow of a river, one value for each of consecutive years.
struct FlowRecord {
    let firstYear: Int
    /// In 10⁸ cubic metres.
    let flows: [Double]

    /// The last year before the change, if `split` values lie before it.
    func lastYear(before split: Int) -> Int {
        firstYear + split - 1
    }

    /// Reads a CSV file with one header line and the columns year and flow.
    init(contentsOf path: String) throws {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw FlowRecordError.unreadable(path: path)
        }
        try self.init(text: text)
    }

    init(text: String) throws {
        var firstYear: Int?
        var flows: [Double] = []
        for (index, line) in text.split(whereSeparator: \.isNewline).enumerated().dropFirst() {
            let columns = line.split(separator: ",", omittingEmptySubsequences: false)
            guard columns.count == 2, let year = Int(columns[0]), let flow = Double(columns[1]),
                flow.isFinite
            else {
                throw FlowRecordError.malformedLine(index + 1)
            }
            let first = firstYear ?? year
            guard year == first + flows.count else {
                throw FlowRecordError.missingYear(before: year)
            }
            firstYear = first
            flows.append(flow)
        }
        guard let firstYear, flows.count > 1 else { throw FlowRecordError.tooShort }
        self.firstYear = firstYear
        self.flows = flows
    }
}

/// Why a file is no record of flows.
enum FlowRecordError: Error, CustomStringConvertible {
    case unreadable(path: String)
    case malformedLine(Int)
    case missingYear(before: Int)
    case tooShort

    var description: String {
        switch self {
        case .unreadable(let path):
            "The file \(path) cannot be read as text; give the path of the data as the argument."
        case .malformedLine(let number):
            "Line \(number) of the data is not a year and a flow with a comma between."
        case .missingYear(let year):
            "The year \(year) does not follow the one on the line before; give every year once."
        case .tooShort:
            "The data have fewer than two years; a change needs one before and one after it."
        }
    }
}
