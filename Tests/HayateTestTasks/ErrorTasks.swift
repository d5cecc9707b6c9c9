import Hayate

/// An error that can be encoded.
public struct FluxError: Error, Codable, Equatable {
    public var star: String
    public var flux: Double
    public var limits: [Double]

    public init(star: String, flux: Double, limits: [Double]) {
        self.star = star
        self.flux = flux
        self.limits = limits
    }
}

/// An error that cannot be encoded, and holds another one.
public struct PlainError: Error {
    public var code: Int
    public var place: String?
    public var reason: any Error

    public init(code: Int, place: String?, reason: any Error) {
        self.code = code
        self.place = place
        self.reason = reason
    }
}

public enum ModelError: Error {
    case diverged(step: Int, name: String)
    case rejected(Double)
    case empty
}

/// Throws, in a way that can be chosen.
public struct Throwing: RemoteTask {
    public enum What: String, Codable, Sendable {
        case codable, plain, diverged, rejected, empty, cancellation, deep, huge, ofATask
    }

    public var what: What

    public init(_ what: What) { self.what = what }

    public func run(in context: TaskContext) async throws -> Int {
        let flux = FluxError(star: "HD 1", flux: -1.5, limits: [0, 2])
        switch what {
        case .codable: throw flux
        case .plain: throw PlainError(code: 7, place: "disk", reason: flux)
        case .diverged: throw ModelError.diverged(step: 12, name: "fit")
        case .rejected: throw ModelError.rejected(0.5)
        case .empty: throw ModelError.empty
        case .cancellation: throw CancellationError()
        case .deep:
            var error: any Error = flux
            for code in 0..<100 { error = PlainError(code: code, place: nil, reason: error) }
            throw error
        case .huge:
            throw FluxError(
                star: String(repeating: "x", count: 3 << 20), flux: 0,
                limits: [Double](repeating: 1, count: 1_000))
        case .ofATask: throw HayateError(.timedOut, "the inner task ran out of time")
        }
    }
}
