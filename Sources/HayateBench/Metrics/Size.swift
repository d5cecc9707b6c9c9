import Glibc

/// How large what is shipped is.
enum Size {
    /// The static daemon that `scripts/build-daemon` makes.
    static func daemon() {
        let path = ".build/static/hayate-daemon"
        var status = stat()
        guard stat(path, &status) == 0 else {
            Metric("daemon-size", 0, "MB", note: "run scripts/build-daemon first").emit()
            return
        }
        Metric(
            "daemon-size", Double(status.st_size) / 1e6, "MB", floor: 20, floorName: "the target"
        ).emit()
    }
}
