/// Has a pool's daemons started elsewhere than as processes of this machine, and replaces those that are lost.
///
/// Numbers of launches that are not its own mean nothing to it.
protocol DistantLauncher: AnyObject, Sendable {
    func start()
    /// Whether a daemon with this number may come in.
    func owns(_ launch: UInt64) -> Bool
    func arrived(_ launch: UInt64, from host: String)
    /// It takes tasks.
    func joined(_ launch: UInt64)
    func disconnected(_ launch: UInt64)
    func departed(_ launch: UInt64, _ departure: Dispatcher.Departure)
    /// The dispatcher has given it up.
    func expelled(_ launch: UInt64)
    /// Tasks wait: daemons that left because they were idle are wanted again.
    func demanded()
    /// So many daemons are wanted in all.
    func resize(to count: Int)
    /// Daemons that were asked for and have not joined.
    var coming: Int { get }
    /// Daemons that were asked for.
    var expected: Int { get }
    /// Why there are none yet; nil if nothing is in the way.
    var waitReason: String? { get }
    /// Why the last that failed to join did.
    var lastFailure: HayateError? { get }
    /// The pool is about to end: those who leave now are not replaced.
    func hold()
    /// Ends what was started.
    /// - Parameter all: also daemons that are at work; otherwise only those that have not come yet.
    func end(all: Bool) async
}
