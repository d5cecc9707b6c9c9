import Glibc
import HayateCluster

/// The directories with files of sites, from the weakest layer to the strongest.
struct SiteDirectories {
    struct Directory: Equatable {
        var layer: SettingLayer
        var path: String
    }

    var directories: [Directory] = []
    /// What was found and is not read, in sentences.
    var notes: [String] = []

    /// - Parameters:
    ///   - directory: where the program was started.
    ///   - administrator: where the machine's administrator writes.
    init(variables: [String: String], directory: String, administrator: String, user: uid_t) {
        if let path = variables["HAYATE_CONFIG_PATH"] {
            let layers = [SettingLayer.administrator, .user, .project]
            for (index, part) in path.split(separator: ":").enumerated() {
                directories.append(Directory(layer: layers[min(index, 2)], path: String(part)))
            }
            return
        }
        directories.append(Directory(layer: .administrator, path: administrator))
        let home = variables["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        // A relative path is no place, as the XDG specification has it.
        let configuration =
            variables["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home.map { $0 + "/.config" }
        if let configuration {
            directories.append(Directory(layer: .user, path: configuration + "/hayate/site-config"))
        }
        findProject(from: directory, home: home, user)
    }

    /// The nearest `.hayate` upwards: a profile runs commands as whoever uses it, so that none is taken from a
    /// directory that belongs to somebody else, nor from above the home or such a directory.
    private mutating func findProject(from start: String, home: String?, _ user: uid_t) {
        var place = start
        while place.hasPrefix("/") {
            var status = stat()
            guard stat(place, &status) == 0, status.st_uid == user else {
                let found = place + (place.hasSuffix("/") ? "" : "/") + ".hayate/site-config"
                if stat(found, &status) == 0 {
                    notes.append(
                        "\(found) is not read: \(place) belongs to another user; copy what you trust into a "
                            + "directory of yours"
                    )
                }
                return
            }
            let found = place + (place.hasSuffix("/") ? "" : "/") + ".hayate/site-config"
            if stat(found, &status) == 0 {
                directories.append(Directory(layer: .project, path: found))
                return
            }
            if place == home || place == "/" { return }
            let above = place[..<(place.lastIndex(of: "/") ?? place.startIndex)]
            place = above.isEmpty ? "/" : String(above)
        }
    }
}
