import Foundation
import HayateJournal
import HayateTestRecords

// `hayate-test-session-journal DIRECTORY SEED FROM TO`: writes the appends FROM+1…TO of a script, eight at a time, and
// says on standard output, a socket, which are answered: "1 5": the fifth is on disk; "0 5 failed": it is not. In the
// end, "end".
//
// `hayate-test-session-journal DIRECTORY full`: see `FullDisk`.

let words = CommandLine.arguments
if words.count == 3, words[2] == "full" {
    do {
        var disk = try FullDisk(words[1])
        try disk.run()
        exit(0)
    } catch {
        print("not as it must be: \(error)")
        exit(1)
    }
}
guard words.count == 5, let seed = UInt64(words[2]), let from = Int(words[3]), let to = Int(words[4]) else { exit(2) }

@Sendable func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    // Not by `write`, which faults are injected into.
    _ = bytes.withUnsafeBytes { send(1, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
}

do throws(JournalError) {
    var options = JournalOptions()
    options.reserveBytes = 1 << 20
    let journal = try Journal(at: words[1], options: options)
    say("open")
    var script = JournalScript(seed: seed)
    let room = DispatchSemaphore(value: 8)
    for number in 1...to {
        let records = script.next()
        guard number > from else { continue }
        room.wait()
        journal.append(records) { result in
            switch result {
            case .success: say("1 \(number)")
            case .failure(let error): say("0 \(number) \(error.code.rawValue)")
            }
            room.signal()
        }
    }
    journal.close()
    say("end")
} catch {
    say("no \(error.code.rawValue) \(error.message)")
    exit(1)
}
