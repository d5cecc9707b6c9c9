import Glibc

/// Part of a request that starts a daemon: a value, or what gives one each time a daemon is launched, so that a token
/// may be fetched when it is needed.
///
/// ```swift
/// let url: LaunchValue<String> = "https://launch.example.org/jobs"
/// let token = LaunchValue<String>.atLaunch { try await vault.token() }
/// ```
///
/// It is not shown in descriptions: it may be a secret.
public struct LaunchValue<Value: Sendable>: Sendable {
    private let make: @Sendable () async throws -> Value

    public init(_ value: Value) { make = { value } }

    private init(make: @escaping @Sendable () async throws -> Value) { self.make = make }

    /// Evaluated at each launch of a daemon, once for each.
    public static func atLaunch(_ make: @escaping @Sendable () async throws -> Value) -> LaunchValue {
        LaunchValue(make: make)
    }

    /// - Parameter what: begins the sentence if it fails.
    func value(_ what: String) async throws(HayateError) -> Value {
        do {
            return try await make()
        } catch let error as HayateError {
            throw error
        } catch {
            throw HayateError(.launchFailed, "\(what) could not be got: \(error)")
        }
    }
}

extension LaunchValue where Value == String {
    /// A variable of this process's environment, as it is at the launch.
    /// - Parameter remedy: what to do where it is not set, for the error.
    public static func variable(
        _ name: String, remedy: String = "set it, or give the value another way"
    ) -> LaunchValue {
        .atLaunch {
            guard let value = variableValue(name) else {
                throw HayateError(.invalidArgument, "the variable \(name) is not set: \(remedy)")
            }
            return value
        }
    }

    /// What a file holds at the launch, without blanks and line breaks at its end.
    public static func file(_ path: String) -> LaunchValue {
        .atLaunch { try SmallFile.text(path) }
    }
}

/// nil if it is not set or empty.
func variableValue(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
}

extension LaunchValue: ExpressibleByUnicodeScalarLiteral, ExpressibleByExtendedGraphemeClusterLiteral,
    ExpressibleByStringLiteral, ExpressibleByStringInterpolation
where Value == String {
    public init(stringLiteral value: String) { self.init(value) }
}

extension LaunchValue: ExpressibleByDictionaryLiteral where Value == [String: String] {
    public init(dictionaryLiteral members: (String, String)...) {
        self.init(Dictionary(members) { $1 })
    }
}

extension LaunchValue: CustomStringConvertible, CustomReflectable {
    public var description: String { "a value for a launch" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Files with a token or a name in them.
enum SmallFile {
    static func text(_ path: String) throws(HayateError) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw HayateError(.launchFailed, "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        var filled = 0
        while filled < bytes.count {
            let count = bytes[filled...].withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw HayateError(.launchFailed, "\(path) cannot be read: \(String(cString: strerror(errno)))")
            }
            guard count > 0 else { break }
            filled += count
        }
        while filled > 0, bytes[filled - 1] <= 0x20 { filled -= 1 }
        return String(decoding: bytes[..<filled], as: UTF8.self)
    }
}
