import HayateCore

/// The limits of jobs as schedulers write them. What does not fit is rounded up: a job must never get less than it
/// asked for.
enum WallTimeText {
    static func seconds(_ time: Duration) -> Int {
        let (seconds, attoseconds) = time.components
        return Int(seconds) + (attoseconds > 0 ? 1 : 0)
    }

    /// `d-hh:mm:ss`, without the days where there are none: Slurm.
    static func withDays(_ time: Duration) -> String {
        let seconds = seconds(time)
        let days = seconds / 86400
        let rest = clock(seconds % 86400)
        return days == 0 ? rest : "\(days)-\(rest)"
    }

    /// `hh:mm:ss` with as many hours as it takes: Grid Engine, PBS and Torque know no days.
    static func hours(_ time: Duration) -> String { clock(seconds(time)) }

    /// `hh:mm`: LSF knows neither days nor seconds.
    static func minutes(_ time: Duration) -> String {
        let minutes = (seconds(time) + 59) / 60
        return "\(twoDigits(minutes / 60)):\(twoDigits(minutes % 60))"
    }

    private static func clock(_ seconds: Int) -> String {
        "\(twoDigits(seconds / 3600)):\(twoDigits(seconds / 60 % 60)):\(twoDigits(seconds % 60))"
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
