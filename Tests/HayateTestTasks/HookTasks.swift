import Glibc
import Hayate

/// Something that is no `Codable`, like a handle of a C library.
public final class Handle: Sendable {
    public let name: String
    /// Where it was made.
    public let process: Int32
    /// What its encoding passed through.
    public let trace: String

    public init(_ name: String, trace: String = "") {
        self.name = name
        self.trace = trace
        process = getpid()
    }
}

/// Another such thing.
public struct Dial: Sendable, Equatable {
    public var degrees: [Int]

    public init(_ degrees: Int...) { self.degrees = degrees }
}

public enum HandleHook: SerializationHook {
    public static func encode(_ handle: Handle) throws -> [UInt8] {
        if handle.name == "cannot be encoded" { throw TestFailure("the handle is locked") }
        return Array("\(handle.name)|\(handle.trace)".utf8)
    }

    public static func decode(_ bytes: [UInt8]) throws -> Handle {
        let words = String(decoding: bytes, as: UTF8.self).split(
            separator: "|", omittingEmptySubsequences: false)
        if words.first == "cannot be decoded" { throw TestFailure("the handle is broken") }
        return Handle(String(words[0]), trace: "\(words.last ?? "")h")
    }
}

/// Another way for the same type.
public enum OtherHandleHook: SerializationHook {
    public static func encode(_ handle: Handle) throws -> [UInt8] {
        Array("\(handle.trace)#\(handle.name)".utf8)
    }

    public static func decode(_ bytes: [UInt8]) throws -> Handle {
        let words = String(decoding: bytes, as: UTF8.self).split(
            separator: "#", omittingEmptySubsequences: false)
        return Handle(String(words.last ?? ""), trace: "\(words.first ?? "")o")
    }
}

public enum DialHook: SerializationHook {
    public static func encode(_ dial: Dial) throws -> [UInt8] { dial.degrees.map { UInt8(clamping: $0) } }

    public static func decode(_ bytes: [UInt8]) throws -> Dial {
        var dial = Dial()
        dial.degrees = bytes.map { Int($0) }
        return dial
    }
}

/// Handles anywhere in a value.
public struct Rig: Codable, Sendable {
    public struct Part: Codable, Sendable {
        @Hooked public var dial: Dial
        public var label: String

        public init(_ dial: Dial, _ label: String) {
            self.dial = dial
            self.label = label
        }
    }

    @Hooked public var main: Handle
    public var parts: [String: [Part]]
    public var spare: Hooked<Handle>?

    public init(_ main: Handle, parts: [String: [Part]] = [:], spare: Handle? = nil) {
        self.main = main
        self.parts = parts
        self.spare = spare.map { Hooked(wrappedValue: $0) }
    }
}

/// Returns its rig after it has looked at it.
public struct TurnRig: RemoteTask {
    public var rig: Rig
    /// What the returned handle is called.
    public var result: String

    public init(_ rig: Rig, result: String = "back") {
        self.rig = rig
        self.result = result
    }

    public struct Answer: Codable, Sendable {
        public var text: String
        public var rig: Rig
    }

    public func run(in context: TaskContext) async throws -> Answer {
        guard rig.main.process == getpid() else { throw TestFailure("not made here") }
        let parts = rig.parts.sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value.map { "\($0.label)\($0.dial.degrees)" }.joined())" }
        let text = ([rig.main.name, rig.spare?.wrappedValue.name ?? "-"] + parts).joined(separator: " ")
        var turned = Rig(Handle(result, trace: rig.main.trace), spare: rig.spare?.wrappedValue)
        turned.parts = rig.parts
        return Answer(text: text, rig: turned)
    }
}

/// A task whose shared table has handles in it.
public struct ReadSharedRig: RemoteTask {
    public var rig: Shared<Rig>

    public init(_ rig: Shared<Rig>) { self.rig = rig }

    public func run(in context: TaskContext) async throws -> String {
        try rig.value.main.name + rig.value.main.trace
    }
}

/// Turns a dial round.
public struct TurnDial: RemoteTask {
    @Hooked public var dial: Dial

    public init(_ dial: Dial) { self.dial = dial }

    public struct Answer: Codable, Sendable {
        @Hooked public var dial: Dial
        public var degrees: [Int] { dial.degrees }
    }

    public func run(in context: TaskContext) async throws -> Answer {
        var turned = Dial()
        turned.degrees = dial.degrees.reversed()
        return Answer(dial: turned)
    }
}
