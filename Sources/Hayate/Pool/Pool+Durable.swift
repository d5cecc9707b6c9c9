import HayateCore
import HayateDaemon
import HayateTransport

extension Pool {
    /// The daemons of an earlier host are taken over: those of this machine whose processes live count as started by
    /// this one, and those whose processes are gone are lost at once instead of after their lease.
    func goOn(with restored: [(launch: UInt64, name: String)]) {
        dispatcher.write([.note(Durability.endpointNote, Array(url.utf8))]) { _ in }
        // Jobs of a scheduler and daemons of other machines are known to those who have started them.
        guard elsewhere == nil else { return }
        for (launch, name) in restored {
            let process = name.split(separator: ":").last.flatMap { Int32($0) }
            let isHere = name.hasPrefix(ThisProcess.hostName + ":")
            sizing.withLock { $0.value.adopt(launch) }
            let isThere = isHere ? process.map { adopt(launch, $0) } ?? false : false
            if !isThere { leftMeanwhile(launch) }
        }
    }

    private func adopt(_ launch: UInt64, _ process: Int32) -> Bool {
        launcher?.adopt(launch, process: process) { [weak self] in self?.leftMeanwhile(launch) } ?? false
    }

    /// A daemon that this process has not started is gone; how, nobody knows.
    private func leftMeanwhile(_ launch: UInt64) {
        dispatcher.jobEnded(of: launch, .disconnected)
    }
}
