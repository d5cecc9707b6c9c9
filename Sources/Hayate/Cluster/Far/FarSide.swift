import HayateDaemon

/// What a pool has on the machine with a far cluster's commands.
struct FarSide: Sendable {
    /// The user's name and home there.
    var user: String
    var home: String
    /// The run's directory there; absolute.
    var directory: String
    /// What starts a daemon there.
    var program: [String]
    /// The port of 127.0.0.1 there that leads to the host.
    var port: UInt16
    /// Where daemons dial, and from where the bytes go to the port.
    var relay: RelayAddress

    /// The file with the daemons' key.
    var keyFile: String { "\(directory)/\(RelayOptions.keyFile)" }
}
