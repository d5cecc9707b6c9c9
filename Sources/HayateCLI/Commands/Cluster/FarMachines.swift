import HayateCluster
import HayateLaunch
import Synchronization

/// The machines of clusters that are reached by SSH: one connection for each, however many commands run there.
final class FarMachines: Sendable {
    static let shared = FarMachines()
    private let machines = Mutex<[ClusterAccess: RemoteMachine]>([:])

    /// nil: the cluster's commands are here.
    /// - Throws: `RemoteError` for what is no name of a machine.
    func machine(
        _ access: ClusterAccess, by connector: @autoclosure () -> any RemoteConnector
    ) throws(RemoteError) -> RemoteMachine? {
        guard let host = try RemoteHost(access) else { return nil }
        return machines.withLock { machines in
            let machine = machines[access] ?? RemoteMachine(host, by: connector())
            machines[access] = machine
            return machine
        }
    }
}

extension SchedulerSurveyor {
    /// Asks the scheduler of the machine where a cluster's commands are.
    /// - Throws: why it cannot be reached.
    init(
        finder: SiteFinder, at access: ClusterAccess, by connector: any RemoteConnector
    ) async throws(ClusterError) {
        self.init(finder: finder)
        do throws(RemoteError) {
            guard let machine = try FarMachines.shared.machine(access, by: connector) else { return }
            _ = try await machine.connection()
            run = { line in await machine.run(line) }
            let mark = "hayate-surveyor"
            let said = await machine.run(
                script: "printf '\\n%s %s\\n' \(mark) \"$(id -un)\"; env\n", timeLimit: .seconds(30))
            var lines = said.output.split(separator: "\n").drop { !$0.hasPrefix(mark + " ") }
            if let first = lines.popFirst() { user = String(first.dropFirst(mark.utf8.count + 1)) }
            variables = [:]
            for line in lines {
                guard let equals = line.firstIndex(of: "=") else { continue }
                variables[String(line[..<equals])] = String(line[line.index(after: equals)...])
            }
        } catch {
            throw ClusterError(error.description)
        }
    }
}
