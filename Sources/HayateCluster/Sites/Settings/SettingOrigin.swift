/// Who says something about a site, from the weakest to the strongest.
public enum SettingLayer: Int, Hashable, Sendable, CaseIterable, Comparable {
    /// What comes with the program.
    case builtIn
    /// The machine's administrator.
    case administrator
    case user
    case project
    case environment
    case commandLine

    /// As people know it.
    public var title: String {
        switch self {
        case .builtIn: "built-in"
        case .administrator: "administrator"
        case .user: "user"
        case .project: "project"
        case .environment: "environment"
        case .commandLine: "command line"
        }
    }

    public static func < (left: SettingLayer, right: SettingLayer) -> Bool { left.rawValue < right.rawValue }
}

/// Where a setting was written.
public struct SettingOrigin: Hashable, Sendable, CustomStringConvertible {
    public var layer: SettingLayer
    /// A file, a variable or an option: `/etc/hayate/site-config/narval.yaml`, `HAYATE_SITE_SET`, `--set`.
    public var source: String
    /// The line in a file, from 1.
    public var line: Int?

    public init(_ layer: SettingLayer, _ source: String, line: Int? = nil) {
        self.layer = layer
        self.source = source
        self.line = line
    }

    /// `narval.yaml:12`.
    public var place: String { line.map { "\(source):\($0)" } ?? source }
    public var description: String { place }
}

/// Everything that is wrong with a site's settings, one sentence each.
public struct SettingFaults: Error, Hashable, Sendable, CustomStringConvertible {
    public internal(set) var faults: [ClusterError] = []

    public init(_ faults: [ClusterError] = []) { self.faults = faults }

    public var isEmpty: Bool { faults.isEmpty }
    public var description: String { faults.map(\.description).joined(separator: "\n") }

    mutating func add(_ message: String, at origin: SettingOrigin?) {
        add(ClusterError(message, at: origin?.place))
    }

    /// A file is read by itself and again under its layers: what is said once is enough.
    mutating func add(_ fault: ClusterError) {
        if !faults.contains(fault) { faults.append(fault) }
    }

    mutating func add(_ others: SettingFaults) {
        for fault in others.faults { add(fault) }
    }
}
