/// Reports as they are read, of which the last of a job or element holds: schedulers keep the earlier starts of jobs
/// that
/// were requeued in front of the last one.
struct ReportList {
    private struct Key: Hashable {
        var job: JobID
        var elements: [ClosedRange<Int>]
    }

    private var places: [Key: Int] = [:]
    private(set) var reports: [JobReport] = []

    mutating func add(_ report: JobReport) {
        let key = Key(job: report.job, elements: report.elements)
        if let place = places[key] {
            reports[place] = report
        } else {
            places[key] = reports.count
            reports.append(report)
        }
    }
}
