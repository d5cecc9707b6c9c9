import Glibc
import HayateCore
import HayateTLS
import HayateTransport

extension SessionDirectory {
    /// Where the secret of the session's pool is.
    var keyPath: String { path + "/pool.key" }
    /// Lines of tasks and of the session.
    var logPath: String { path + "/log" }

    /// Makes what is missing, and checks that nobody else can come at it.
    /// - Throws: `HayateError.invalidArgument` with the remedy.
    func prepare() throws(HayateError) {
        do throws(KeyFileError) {
            let directory = try SafeDirectory(of: path + "/session.json", making: true)
            if let problem = directory.problems.first { throw problem }
        } catch {
            throw HayateError(.invalidArgument, error.message)
        }
        try Self.check(path)
        try makeKey()
    }

    /// A directory itself, and no link; of this user, with nothing in it for others.
    private static func check(_ path: String) throws(HayateError) {
        let word = PathText.word(path)
        func refuse(_ problem: String, _ remedy: String) -> HayateError {
            HayateError(.invalidArgument, "\(word) cannot hold a session: \(problem); \(remedy)")
        }
        var status = stat()
        guard lstat(path, &status) == 0 else { throw refuse(systemMessage(), "choose another directory") }
        guard status.st_mode & S_IFMT != S_IFLNK else {
            throw refuse("it is a symbolic link, which could come to lead elsewhere", "remove it")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw refuse("it is no directory", "remove it") }
        guard status.st_uid == geteuid() else {
            throw refuse("it belongs to user \(status.st_uid)", "choose another name or directory")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw refuse("its mode \(String(status.st_mode & 0o7777, radix: 8)) lets others in", "chmod 700 \(word)")
        }
    }

    private func makeKey() throws(HayateError) {
        do throws(KeyFileError) {
            try KeyFile(secrets: [PoolSecret()]).write(to: keyPath, replacing: false)
        } catch {
            // The daemons of the last host have it.
            guard error.kind == .exists else { throw HayateError(.invalidArgument, error.message) }
        }
    }

    /// The address of a socket of the session, the same for all its hosts. In the directory itself where the path is
    /// not too long for that, else in one of its own in `/tmp`: a directory of the login's, as `XDG_RUNTIME_DIR`, goes
    /// with the login.
    func socket(_ socketName: String) throws(HayateError) -> Endpoint {
        do throws(TransportError) {
            if path.utf8.count + 1 + socketName.utf8.count <= Endpoint.longestPathBytes {
                return try Endpoint(path: "\(path)/\(socketName)")
            }
            let short = "/tmp/hayate.\(geteuid()).\(Self.digest(of: path))"
            if mkdir(short, 0o700) != 0, errno != EEXIST {
                throw TransportError(
                    .permissionDenied,
                    "the path of the session is too long for a socket, and \(short) cannot be made "
                        + "(\(systemMessage())): choose a shorter HAYATE_STATE")
            }
            try PrivateDirectory.verify(short)
            return try Endpoint(path: "\(short)/\(socketName)")
        } catch {
            throw HayateError(.transport, error.message)
        }
    }

    /// Takes away what `socket` has made outside of the directory.
    func removeShortPlace() {
        let short = "/tmp/hayate.\(geteuid()).\(Self.digest(of: path))"
        // It goes only when it is empty: daemons may still look for their host there.
        rmdir(short)
    }

    /// FNV-1a of 64 bits, as 16 digits: the place must be the same for each host, and is checked anyway.
    private static func digest(of text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
