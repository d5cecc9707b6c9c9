import CLibSSH
import Glibc
import HayateLaunch

/// From a name to somebody who is logged in. Here the thread waits.
extension SSHSession {
    func open(_ wakeDescriptor: Int32) throws(RemoteError) {
        let route: [SSHDestination]
        do throws(RemoteError) {
            if let givenRoute { route = givenRoute } else { route = try SSHDestination.route(to: host, ssh) }
        } catch {
            throw named(error)
        }
        guard let destination = route.last else {
            throw RemoteError(host: errorName, .configuration, "there is no way to it in the configuration")
        }
        let before = Array(route.dropLast())
        if target == nil, !before.isEmpty {
            errorName += " by way of " + before.map(\.named.description).joined(separator: ", ")
        }
        // What goes wrong with a machine on the way names that one.
        let hop: SSHSession? = before.isEmpty ? nil : try openHop(before)
        do throws(RemoteError) {
            try open(way(to: destination, hop), destination)
        } catch {
            throw named(error)
        }
        guard let readiness = Readiness(), let event = ssh_event_new() else {
            throw RemoteError(host: errorName, .connect, "no descriptors are left: see how many files are open here")
        }
        self.readiness = readiness
        self.event = event
        ssh_event_add_session(event, raw)
        readiness.add(wakeDescriptor, .read, key: Self.wakeKey)
        readiness.add(ssh_get_fd(raw), .read, key: Self.sessionKey)
    }

    private func named(_ error: RemoteError) -> RemoteError {
        var error = error
        error.host = errorName
        return error
    }

    /// A connection to the server of SSH.
    private func way(to destination: SSHDestination, _ hop: SSHSession?) throws(RemoteError) -> Int32 {
        let deadline = monotonicNanoseconds() + ssh.connectTimeout.wholeNanoseconds
        if let hop {
            return try hop.connect(
                to: destination.hostName, port: destination.port, until: deadline, errorName: errorName)
        }
        if let command = destination.proxyCommand {
            let (program, descriptor) = try ProxyProgram.start(command, errorName: errorName)
            proxy = program
            return descriptor
        }
        let descriptor = try HostSocket.dial(
            destination.hostName, port: destination.port, until: deadline, errorName: errorName,
            silence: ssh.keepAlive * 3)
        let address = HostAddress.own(of: descriptor)?.text
        shared.withLock { $0.ownAddress = address }
        return descriptor
    }

    /// Takes the descriptor, also if it fails.
    private func open(_ descriptor: Int32, _ destination: SSHDestination) throws(RemoteError) {
        guard let raw = ssh_new() else {
            close(descriptor)
            throw RemoteError(host: errorName, .connect, "there is no memory for another session")
        }
        self.raw = raw
        // The library must not read files that we do not know of.
        var no = false
        ssh_options_set(raw, SSH_OPTIONS_PROCESS_CONFIG, &no)
        do {
            try destination.configure(raw)
        } catch {
            close(descriptor)
            throw error
        }
        socket = LentSocket(descriptor)
        let isClosing = shared.withLock { shared in
            let second = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
            shared.socket = second < 0 ? nil : second
            return shared.isClosing
        }
        if isClosing {
            throw RemoteError(host: errorName, .connect, "it was given up", isTransient: true)
        }
        var lent = descriptor
        ssh_options_set(raw, SSH_OPTIONS_FD, &lent)
        let limit = ssh.connectTimeout.wholeNanoseconds
        var seconds = CLong(limit / 1_000_000_000)
        var microseconds = CLong(limit % 1_000_000_000 / 1000)
        ssh_options_set(raw, SSH_OPTIONS_TIMEOUT, &seconds)
        ssh_options_set(raw, SSH_OPTIONS_TIMEOUT_USEC, &microseconds)
        ssh_set_blocking(raw, 1)
        ssh_set_counters(raw, counter, counter + 1)
        guard ssh_connect(raw) == SSH_OK else { throw keyExchangeFailure(destination) }
        try HostKeyCheck.check(raw, destination, ssh)
        try Authentication.logIn(raw, destination, ssh)
        ssh_set_blocking(raw, 0)
        // The library has made it block, and writes as much as there is once poll has said that anything can be
        // written: it would wait there while the network is slow.
        HostSocket.doNotBlock(descriptor)
        acceptForwards()
    }

    private func keyExchangeFailure(_ destination: SSHDestination) -> RemoteError {
        var reason = lastError
        if let words = proxy?.lastWords { reason += " (\(words))" }
        if reason.lowercased().contains("timeout") || reason.lowercased().contains("timed out") {
            reason = "port \(destination.port) was reached, but nothing was agreed within "
                + "\(ssh.connectTimeout.components.seconds) s"
        }
        let isMismatch = reason.contains("no match for method")
        let remedy = isMismatch
            ? "the two sides have no method in common: see Ciphers, KexAlgorithms, HostKeyAlgorithms and MACs in "
                + "~/.ssh/config, and the age of the server"
            : "see whether it is a server of SSH that listens there, and whether it takes connections from here"
        return RemoteError(
            host: errorName, .connect, "\(reason): \(remedy)", isTransient: !isMismatch && proxy == nil)
    }

    // MARK: machines on the way

    /// An open session with the last machine before this one.
    private func openHop(_ route: [SSHDestination]) throws(RemoteError) -> SSHSession {
        let hop = SSHSession(route[route.count - 1].named, ssh, route: route, onTheWayTo: target ?? host)
        let isClosing = shared.withLock { shared in
            shared.hop = hop
            return shared.isClosing
        }
        if isClosing { throw RemoteError(host: errorName, .connect, "it was given up", isTransient: true) }
        let opened = BlockingOutcome<Result<Void, RemoteError>>()
        hop.start { opened.set($0) }
        // It has time limits of its own, and people may be asked.
        if case .failure(let error) = opened.wait() { throw error }
        return hop
    }
}
