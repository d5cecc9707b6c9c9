/// The name or address of a server, as it was dialled.
struct ServerName: Sendable, Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    /// What the client says in the open so that the server can choose its certificate; addresses are not
    /// allowed there (RFC 6066).
    var forIndication: String? { text }
}
