/// Which of a machine's addresses others dial.
public enum DialBack: Hashable, Sendable {
    /// That of the way to them.
    case route
    /// That of an interface, such as `ib0`.
    case interface(String)
    /// The one within these, such as `10.0.0.0/8`.
    case network(String)
    /// This name or address.
    case host(String)

    /// As one word: `route`, or `interface=ib0`.
    public var text: String {
        switch self {
        case .route: "route"
        case .interface(let name): "interface=\(name)"
        case .network(let range): "network=\(range)"
        case .host(let host): "host=\(host)"
        }
    }

    /// nil: the word is none of them.
    public init?(text: String) {
        if text == "route" {
            self = .route
            return
        }
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty else { return nil }
        switch parts[0] {
        case "interface": self = .interface(parts[1])
        case "network": self = .network(parts[1])
        case "host": self = .host(parts[1])
        default: return nil
        }
    }
}
