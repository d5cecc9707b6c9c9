import CSystem
import Glibc
import HayateNetwork

/// A relay as a program: on a cluster's login node, where daemons of the compute nodes dial, and from where a reverse
/// forward of SSH leads to the host. Keys and TLS go from end to end: all it sees is ciphertext.
///
/// It says where it listens in one line, and is then on its own: it outlives the connection by which it was started,
/// because that is rebuilt, and ends with its lease. A second one in the same directory says where the first listens.
public enum RelayProgram {
    /// - Returns: the exit code.
    public static func status(of arguments: [String]) -> Int32 {
        do throws(DaemonError) {
            let options = try RelayOptions(arguments: arguments)
            let place = RelayPlace(options.directory)
            guard let lock = try place.lock() else {
                say(try place.awaitAddress())
                return 0
            }
            defer { close(lock) }
            try serve(options, place)
            return 0
        } catch {
            DaemonProgram.complain("\(error)")
            return 2
        }
    }

    private static func serve(_ options: RelayOptions, _ place: RelayPlace) throws(DaemonError) {
        setsid()
        signal(SIGHUP, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        raiseFileLimit()
        guard var lease = Lease(place.path(RelayOptions.leaseFile), limit: options.lease) else {
            throw DaemonError("there is no \(place.path(RelayOptions.leaseFile)): its host makes that before the relay")
        }
        let relay = try listen(options, place)
        let address = RelayAddress(
            host: relay.host, port: relay.port, node: RelayPlace.nodeName(), process: getpid())
        try place.write(address)
        say(address)
        letGoOfOutput()
        relay.run { lease.holds() }
        place.clear()
    }

    /// At the place of one before, which daemons may know.
    private static func listen(_ options: RelayOptions, _ place: RelayPlace) throws(DaemonError) -> ByteRelay {
        if let former = place.former, former.node == RelayPlace.nodeName() {
            var failure: AddressError?
            // What is left of its connections may hold the port for a moment.
            for _ in 0..<50 {
                do throws(AddressError) {
                    return try ByteRelay(at: former.host, ports: [former.port], to: options.target)
                } catch {
                    failure = error
                    usleep(100_000)
                }
            }
            throw DaemonError(
                "the relay cannot come back to where daemons dial: \(failure?.description ?? ""): end the pool, and "
                    + "start it again")
        }
        do throws(AddressError) {
            let address = try DialBackAddress.choose(options.dialBack, nodes: options.nodes)
            do throws(AddressError) {
                return try ByteRelay(
                    at: address.host, ports: options.ports.map { Array($0) } ?? [0], to: options.target)
            } catch {
                throw AddressError("\(error) (\(address.reason)): correct network.dialBack, or widen network.ports")
            }
        } catch {
            throw DaemonError(error.description)
        }
    }

    private static func say(_ address: RelayAddress) {
        let line = Array("\(address.text)\n".utf8)
        _ = write(STDOUT_FILENO, line, line.count)
    }

    /// Whoever started it waits for the end of its output, and has a way to it that others may need.
    private static func letGoOfOutput() {
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard nothing >= 0 else { return }
        for descriptor in [STDIN_FILENO, STDOUT_FILENO] { dup2(nothing, descriptor) }
        close(nothing)
    }

    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
