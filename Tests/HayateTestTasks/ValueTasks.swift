import Glibc
import Hayate

/// The sum of two numbers.
public struct Add: RemoteTask {
    public var a: Int
    public var b: Int

    public init(_ a: Int, _ b: Int) {
        self.a = a
        self.b = b
    }

    public func run(in context: TaskContext) async throws -> Int { a + b }
}

/// What it was given.
public struct Echo: RemoteTask {
    public var bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public func run(in context: TaskContext) async throws -> [UInt8] { bytes }
}

/// Where and as what a task runs.
public struct Place: Codable, Hashable, Sendable {
    public var process: Int32
    public var task: UInt64
    public var attempt: Int
}

/// Tells where it runs.
public struct WhereAmI: RemoteTask {
    public init() {}

    public func run(in context: TaskContext) async throws -> Place {
        Place(process: getpid(), task: context.task, attempt: context.attempt)
    }
}

/// An error of the tests' own.
public struct TestFailure: Error, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}

/// Throws.
public struct Failing: RemoteTask {
    public var message: String

    public init(_ message: String) { self.message = message }

    public func run(in context: TaskContext) async throws -> Int { throw TestFailure(message) }
}

/// A number, or an error if it is in the list.
public struct FailingAt: RemoteTask {
    public var number: Int
    public var divisor: Int

    /// Fails if `divisor` divides `number`.
    public init(_ number: Int, divisor: Int) {
        self.number = number
        self.divisor = divisor
    }

    public func run(in context: TaskContext) async throws -> Int {
        if number % divisor == 0 { throw TestFailure("\(number) is a multiple of \(divisor)") }
        return number
    }
}

/// A value that cannot be encoded.
public struct Unencodable: Codable, Sendable {
    public init() {}
    public init(from decoder: any Decoder) throws {}

    public func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(
            0, EncodingError.Context(codingPath: [], debugDescription: "it is made not to encode"))
    }
}

/// Cannot be sent.
public struct UnsendableTask: RemoteTask {
    public var part = Unencodable()

    public init() {}

    public func run(in context: TaskContext) async throws -> Int { 0 }
}

/// Its result cannot be sent.
public struct UnsendableResult: RemoteTask {
    public init() {}

    public func run(in context: TaskContext) async throws -> Unencodable { Unencodable() }
}

/// Can be sent, but not read.
public struct UnreadableTask: RemoteTask {
    public init() {}

    public init(from decoder: any Decoder) throws {
        throw DecodingError.dataCorrupted(
            DecodingError.Context(codingPath: [], debugDescription: "it is made not to decode"))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(1)
    }

    public func run(in context: TaskContext) async throws -> Int { 0 }
}

/// Its result can be sent, but not read.
public struct UnreadableResult: RemoteTask {
    public struct Value: Codable, Sendable {
        public init(from decoder: any Decoder) throws {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: [], debugDescription: "it is made not to decode"))
        }

        init() {}

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(1)
        }
    }

    public init() {}

    public func run(in context: TaskContext) async throws -> Value { Value() }
}

/// Writes to the process's standard streams.
public struct Printing: RemoteTask {
    public var output: String
    public var error: String

    public init(output: String, error: String = "") {
        self.output = output
        self.error = error
    }

    public func run(in context: TaskContext) async throws -> Int {
        print(output, terminator: "")
        let bytes = Array(error.utf8)
        return bytes.isEmpty ? 0 : write(2, bytes, bytes.count)
    }
}

/// Logs two lines.
public struct Logging: RemoteTask {
    public var text: String

    public init(_ text: String) { self.text = text }

    public func run(in context: TaskContext) async throws -> UInt64 {
        context.logger.warning("\(text)", metadata: ["step": "1"])
        context.log(text + " again")
        return context.task
    }
}

/// Whether it sees that it runs as a task.
public struct AmIOnDaemon: RemoteTask {
    public init() {}

    public func run(in context: TaskContext) async throws -> Bool { isOnDaemon }
}
