import HayateCore
import HayateDaemon
import HayateWire

/// The future of one task (未来, "future"): a handle that resolves to the task's value or to an error.
///
/// Copies refer to the same task. A mirai that nobody keeps goes on running; `stop()` ends it.
public struct Mirai<Value: Codable & Sendable>: Sendable {
    let state: MiraiState

    init(_ state: MiraiState) { self.state = state }

    /// The task's value. Suspends until there is an outcome; cancelling the Swift task that waits stops
    /// the work.
    /// - Throws: `HayateError`.
    public var value: Value {
        get async throws { try Self.decode(await state.wait(), state.decoder) }
    }

    /// The outcome as a value: an error is not thrown but returned.
    public var result: Result<Value, HayateError> {
        get async { Self.outcome(of: await state.wait(), state.decoder) }
    }

    /// Whether there is an outcome. Never waits.
    public var isResolved: Bool { state.resolution != nil }

    /// The outcome if there is one. Never waits.
    public func poll() -> Result<Value, HayateError>? {
        state.resolution.map { Self.outcome(of: $0, state.decoder) }
    }

    /// Ends the task: queued, it never starts; running, it is told to stop. It resolves at once with
    /// `HayateError.cancelled`.
    /// - Returns: false if it had an outcome already.
    @discardableResult
    public func stop() -> Bool { state.stop() }

    /// What the task wrote to its standard output and error; nil before its end, or if it wrote nothing.
    public var output: TaskOutput? {
        switch state.resolution {
        case .valueWithOutput(_, let output): output.isEmpty ? nil : output
        case .error(let error): error.output
        case .value, nil: nil
        }
    }

    /// The task's number at its pool, as it appears in errors and logs.
    public var task: UInt64 { state.task.rawValue }

    /// Why there is no outcome yet; nil if there is one, and for a task that a task submitted, of which only
    /// the host knows more.
    public var waitReason: WaitReason? {
        state.queue?.waitReason(of: state.task)
    }

    static func outcome(
        of resolution: Resolution, _ decoder: BinaryDecoder
    ) -> Result<Value, HayateError> {
        do {
            return .success(try decode(resolution, decoder))
        } catch {
            return .failure(error)
        }
    }

    /// - Parameter decoder: the pool's, which has its serialization hooks.
    static func decode(
        _ resolution: Resolution, _ decoder: BinaryDecoder
    ) throws(HayateError) -> Value {
        switch resolution {
        case .error(let error): throw error
        case .value(let body), .valueWithOutput(let body, _):
            // The error's type gets lost in the array's own function.
            let result = body.withUnsafeBytes { bytes -> Result<Value, HayateError> in
                do throws(HayateError) {
                    return .success(try decode(bytes, decoder))
                } catch {
                    return .failure(error)
                }
            }
            return try result.get()
        }
    }

    /// Reads a value from bytes that nobody changes meanwhile.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, _ decoder: BinaryDecoder
    ) throws(HayateError) -> Value {
        do {
            return try decoder.decode(Value.self, from: bytes)
        } catch where error is HookError || error is SharedError {
            throw HayateError(.malformed, "\(error)")
        } catch {
            throw HayateError(
                .malformed,
                "the task's result could not be read as \(Value.self) (\(error)): host and daemon "
                    + "must be built from the same sources")
        }
    }
}

/// Waits until one of these has an outcome.
///
/// - Returns: the index of the first in the list that has one, or nil for an empty list. Returns at once
///   if one has an outcome already.
/// - Throws: `CancellationError` if the waiting Swift task is cancelled; the tasks go on.
public func race<Value>(_ mirais: [Mirai<Value>]) async throws -> Int? {
    func first() -> Int? { mirais.firstIndex { $0.isResolved } }
    if mirais.isEmpty { return nil }
    if let index = first() { return index }
    let gate = RaceGate()
    let id = UInt64(UInt(bitPattern: ObjectIdentifier(gate).hashValue))
    for mirai in mirais { mirai.state.whenResolved(id: id) { gate.open() } }
    let nested = mirais.filter { $0.state.queue?.isNested == true }
    for mirai in nested { mirai.state.queue?.beginWait(for: mirai.state.task) }
    defer { for mirai in nested { mirai.state.queue?.endWait(for: mirai.state.task) } }
    await withTaskCancellationHandler {
        await gate.wait()
    } onCancel: {
        gate.open()
    }
    for mirai in mirais { mirai.state.removeWaiter(id: id) }
    if let index = first() { return index }
    throw CancellationError()
}
