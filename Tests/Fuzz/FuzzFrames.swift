// Feeds hostile bytes to the reader of frames, in slices of hostile sizes, before and after admission.
//
// The first byte chooses: bit 0 admitted or not, bits 1... the way of slicing. What is read must be the
// same however the bytes are cut, and whatever is read must be written back and read again as itself.

import HayateCore

func fuzzFrames(_ input: UnsafeRawBufferPointer) {
    guard let choice = input.first else { return }
    let bytes = Array(input.dropFirst())
    let limit = choice & 1 == 0 ? Wire.limitBeforeAdmission : 1 << 20
    let whole = read(bytes, limit: limit, slice: max(1, bytes.count))
    let sliced = read(bytes, limit: limit, slice: 1 + Int(choice >> 1) % 61)
    guard whole.messages == sliced.messages, whole.failure == sliced.failure else {
        fatalError("cutting the bytes changes what is read")
    }
    var writer = FrameWriter()
    var again: [UInt8] = []
    for message in whole.messages { writer.write(message, into: &again) }
    let second = read(again, limit: 1 << 21, slice: max(1, again.count))
    guard second.messages == whole.messages, second.failure == nil else {
        fatalError("what was read cannot be written and read again")
    }
}

private struct Reading {
    var messages: [Message] = []
    var failure: WireFailure?
}

private func read(_ bytes: [UInt8], limit: Int, slice: Int) -> Reading {
    // Small, so that small inputs reach bodies that are received apart.
    var reader = FrameReader(limit: limit, largeBody: 64)
    var reading = Reading()
    var position = 0
    do {
        while position < bytes.count {
            let end = min(bytes.count, position + slice)
            let large = try bytes[position..<end].withUnsafeBytes { part in
                try reader.take(part) { message, _ in reading.messages.append(message) }
            }
            position = end
            if reader.pendingBytes > limit + 2 * Wire.headerBytes + slice {
                fatalError("more is held back than the limit allows")
            }
            guard let large else { continue }
            let rest = min(large.missing, bytes.count - position)
            guard rest == large.missing else { break }
            let body = large.arrived + bytes[position..<(position + rest)]
            position += rest
            try reader.takeBody(body) { message, _ in reading.messages.append(message) }
        }
    } catch let failure as WireFailure {
        reading.failure = failure
    } catch {
        fatalError("an error that is no wire failure: \(error)")
    }
    return reading
}

/// One frame of each kind, one after the other.
func frameSeeds() -> [[UInt8]] {
    let attempt = AttemptID(task: TaskID(slot: 7, generation: 3), attempt: 2)
    let terms = DaemonTerms(
        maximumTasks: 9, idleTime: .seconds(1), wallTime: nil, reconnectWithin: .seconds(2))
    let file = MemoryFile(process: 1, descriptor: 2, device: 3, inode: 4, size: 5)
    var details = TaskDetails()
    details.stream = [1, 2, 3, 4, 5, 6]
    details.trace = [TaskDetails.TraceField(name: "traceparent", value: "00-1-2-01")]
    details.shares = [1, 2]
    details.isSetUp = true
    let messages: [Message] = [
        .hello(Hello(launch: 3, process: 77, terms: terms, hostName: "node", program: "hayate")),
        .welcome(
            Welcome(
                session: SessionID(high: 1, low: 2), isResumed: true, received: 5, heartbeat: 5_000,
                silence: 60_000)),
        .refuse("no"), .holding([attempt, attempt]), .define(index: 1, name: "4Main6SquareV"),
        .assign(attempt, type: 1, body: [1, 2, 3]),
        .assign(attempt, type: 1, body: [UInt8](repeating: 1, count: 200)),
        .revoke(attempt), .returned(attempt), .stop(attempt),
        .finished(attempt, status: .value, taskTime: 1_000, body: [9]), .acknowledged(4),
        .log(attempt, level: 2, text: "line"), .output(attempt, stream: 1, bytes: [65]),
        .ping(stamp: 1), .pong(stamp: 1), .dismiss(.idleTime), .close(ending: true), .leaving(signal: 10),
        .details(details), .probe(file), .seen([1, 2]), .sharedFile(1, file),
        .sharedBytes(2, body: [3, 4]), .unshare(2), .hook(name: "4Main4HookV"),
        .submit(SubmittedTask(number: 1, type: 1, timeout: .seconds(1)), body: [5, 6]),
        .withdraw(1), .help(1), .unneeded(1), .outcome(1, status: .value, body: [7]),
    ]
    var all: [UInt8] = []
    var writer = FrameWriter()
    var seeds: [[UInt8]] = []
    for message in messages {
        writer.write(message, into: &all)
        var alone = FrameWriter()
        var bytes: [UInt8] = []
        alone.write(message, into: &bytes)
        seeds.append([1] + bytes)
        seeds.append([44] + bytes)
    }
    return seeds + [[1] + all, [7] + all]
}
