import HayateWire

/// What a task left behind.
package struct TaskEnd: Sendable {
    package var status: ResultStatus
    package var body: [UInt8]

    package init(status: ResultStatus, body: [UInt8]) {
        self.status = status
        self.body = body
    }

    package static let stopped = TaskEnd(status: .stopped, body: [])

    package static func failure(_ failure: RemoteFailure) -> TaskEnd {
        let status: ResultStatus =
            failure.kind == .thrown || failure.kind == .interrupted ? .failure : .refused
        // Texts, numbers and bytes always encode; should they not, the failure stays a failure.
        return TaskEnd(status: status, body: (try? BinaryEncoder().encode(failure)) ?? [])
    }
}

/// Decodes a task, runs it and encodes what it returns.
enum TaskPerformer {
    /// What fits into one frame beside its fields.
    private static let largestBody = Wire.limitAfterAdmission - 64

    static func perform(
        _ type: (any RemoteTask.Type)?, name: String, body: [UInt8], in context: TaskContext,
        coding: TaskCoding
    ) async -> TaskEnd {
        guard let type else {
            return .failure(
                RemoteFailure(
                    kind: .unknownType, type: "HayateError",
                    message: "this daemon's program has no task type \(name): start the daemon from "
                        + "the host's executable, or from one that links the same module"))
        }
        return await perform(type, body: body, in: context, coding: coding)
    }

    private static func perform<Work: RemoteTask>(
        _ type: Work.Type, body: [UInt8], in context: TaskContext, coding: TaskCoding
    ) async -> TaskEnd {
        let work: Work
        do {
            try coding.check(context.details)
            work = try coding.decoder.decode(Work.self, from: body)
        } catch where error is SharedError || error is HookError {
            // These say themselves what is wrong.
            return .failure(
                RemoteFailure(
                    kind: .undecodable, type: String(reflecting: Work.self), message: "\(error)"))
        } catch {
            return .failure(
                RemoteFailure(
                    kind: .undecodable, type: String(reflecting: Work.self),
                    message: "the task's properties could not be read (\(error)): host and daemon "
                        + "must be built from the same sources"))
        }
        let output: Work.Output
        do {
            output = try await work.run(in: context)
        } catch {
            // A task that ends because it was told to is stopped, whatever it throws.
            if Task.isCancelled { return .stopped }
            return .failure(RemoteFailure(thrown: error))
        }
        do {
            let body = try coding.encoder.encode(output)
            guard body.count <= Self.largestBody else {
                return .failure(
                    RemoteFailure(
                        kind: .unencodable, type: String(reflecting: Work.Output.self),
                        message: "the task's result is \(body.count) bytes long when encoded, more than "
                            + "the limit of \(Self.largestBody): return large data by file"))
            }
            return TaskEnd(status: .value, body: body)
        } catch {
            return .failure(
                RemoteFailure(
                    kind: .unencodable, type: String(reflecting: Work.Output.self),
                    message: "the task's result could not be encoded: \(error)"))
        }
    }
}
