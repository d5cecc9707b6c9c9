import HayateWire
import Synchronization

/// What the coding of tasks and results refers to beside the bytes: shared contents by number, and hooks for
/// types that cannot be encoded. One for each pool at the host, one for each daemon.
package final class CodingContext: Sendable {
    /// Contents by the host's numbers; nil at the host.
    package let shares: SharedStore?
    private let table: Mutex<HookTable>

    package init(shares: SharedStore? = nil, hooks: HookTable = HookTable()) {
        self.shares = shares
        table = Mutex(hooks)
    }

    package var hooks: HookTable { table.withLock { $0 } }

    package func changeHooks(_ change: (inout HookTable) -> Void) { table.withLock { change(&$0) } }

    /// What a coder's `userInfo` must be for types to find this.
    package var userInfo: [CodingUserInfoKey: any Sendable] {
        Self.key.map { [$0: self] } ?? [:]
    }

    private static let key = CodingUserInfoKey(rawValue: "hayate.context")

    /// The context of a coder, or nil if it is nobody's.
    static func of(_ userInfo: [CodingUserInfoKey: Any]) -> CodingContext? {
        key.flatMap { userInfo[$0] } as? CodingContext
    }
}
