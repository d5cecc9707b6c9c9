/// The name among `candidates` that is fewest typing mistakes away; `nil` when none is near.
public func nearestName(to name: String, among candidates: [String]) -> String? {
    func distance(_ first: [Character], _ second: [Character]) -> Int {
        var row = Array(0...second.count)
        for (line, left) in first.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, right) in second.enumerated() {
                let substituted = diagonal + (left == right ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(substituted, row[column] + 1, row[column + 1] + 1)
            }
        }
        return row[second.count]
    }
    let wanted = Array(name.lowercased().prefix(200))
    let best = candidates.map { ($0, distance(wanted, Array($0.lowercased().prefix(200)))) }
        .min { $0.1 < $1.1 }
    guard let best, best.1 <= max(2, wanted.count / 2) else { return nil }
    return best.0
}
