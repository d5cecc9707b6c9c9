private struct ArrayDraft: Sendable {
    var count: Int?
    var throttle: Int?
}

extension KeyTable where Root == JobRequest {
    static let requestFile = KeyTable(
        JobRequest(),
        requestKeys + [
            Key("array", \.array, .arrayOrText, "How many elements, and how many of them at once."),
            Key("dependencies", \.dependencies, .dependenciesOrTexts, "Conditions on other jobs."),
        ])
}

extension SettingKind where Value == ArrayRequest {
    static var array: SettingKind {
        let table = KeyTable(
            ArrayDraft(),
            [
                Key("count", \.count, .whole(), "How many elements."),
                Key("throttle", \.throttle, .whole(), "How many of them at once."),
            ])
        return SettingKind<ArrayDraft>.object(table).made { (draft) throws(Complaint) in
            guard let count = draft.count else {
                throw Complaint("must say 'count', as in { count: 100, throttle: 10 }")
            }
            return ArrayRequest(count, throttle: draft.throttle)
        }
    }
}

extension SettingKind where Value == [JobDependency] {
    /// `{ afterOK: [12, 13] }`.
    static var dependencies: SettingKind {
        SettingKind<[String: [String]]>.map(of: .list(of: .text)).made { (map) throws(Complaint) in
            var dependencies: [JobDependency] = []
            for (name, jobs) in map.sorted(by: { $0.key < $1.key }) {
                guard let condition = JobDependency.Condition(rawValue: name) else {
                    let names = JobDependency.Condition.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Complaint("has '\(name)', which is no condition; it may be \(names)")
                }
                dependencies.append(JobDependency(condition, jobs.map { JobID($0) }))
            }
            return dependencies
        }
    }
}
