import HayateCore
import HayateLaunch
import HayateTLS

/// What `session.json` says: who hosts a session, or did last, and where it listens.
struct SessionRecord: Hashable, Sendable {
    var host: HostProcess
    /// Where clients dial.
    var clientURL: String
    /// Whether the host has said that it ended.
    var isStopped: Bool

    private static let version = 1

    init(host: HostProcess, clientURL: String, isStopped: Bool = false) {
        self.host = host
        self.clientURL = clientURL
        self.isStopped = isStopped
    }

    var text: [UInt8] {
        var text = JSONText()
        text.beginObject()
        text.field("hayate", "session")
        text.field("version", Self.version)
        text.field("machine", host.machine)
        text.field("boot", host.boot)
        text.field("processSpace", host.processSpace)
        text.field("process", Int(host.process))
        text.field("started", String(host.started))
        text.field("url", clientURL)
        text.field("stopped", isStopped)
        text.endObject()
        text.endLine()
        return text.bytes
    }

    /// nil: it is none, or of a later version.
    init?(_ text: [UInt8]) {
        let line = text.last == 0x0a ? text.dropLast() : text[...]
        guard let fields = line.withUnsafeBufferPointer({ FlatJSON.fields($0) }) else { return nil }
        let values = Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        func string(_ name: String) -> String? {
            if case .string(let text)? = values[name] { text } else { nil }
        }
        guard string("hayate") == "session", values["version"] == .number(String(Self.version)),
            let machine = string("machine"), let boot = string("boot"), let space = string("processSpace"),
            case .number(let process)? = values["process"], let process = Int32(process),
            let started = string("started").flatMap(UInt64.init), let url = string("url"),
            case .truth(let isStopped)? = values["stopped"]
        else { return nil }
        self.init(
            host: HostProcess(
                machine: machine, boot: boot, processSpace: space, process: process, started: started),
            clientURL: url, isStopped: isStopped)
    }

    /// Whether its host still lives, as far as that can be told from here.
    func state(seenFrom here: HostProcess = .current()) -> SessionEntry.State {
        if isStopped { return .stopped }
        guard host.machine == here.machine else { return .elsewhere }
        // The machine was started again, and with it everything ended.
        guard host.boot == here.boot else { return .stopped }
        guard host.processSpace == here.processSpace else { return .elsewhere }
        guard let present = HostProcess.startTime(of: host.process) else { return .stopped }
        // Another process may have been given its number.
        return host.started == 0 || present == host.started ? .running : .stopped
    }
}

extension SessionDirectory {
    private var recordPath: String { path + "/session.json" }

    /// Who hosts it, or did last; nil: nobody ever.
    func record() throws(HayateError) -> SessionRecord? {
        let bytes: SecretBytes
        do throws(KeyFileError) {
            bytes = try SecretFile.read(recordPath)
        } catch {
            if error.kind == .missing { return nil }
            throw HayateError(.noSession, error.message)
        }
        guard let record = SessionRecord(bytes.withBytes { Array($0) }) else {
            throw HayateError(
                .noSession,
                "\(PathText.word(recordPath)) cannot be read: a newer version of hayate has written it, or it is damaged; "
                    + "starting the session with that version writes it anew")
        }
        return record
    }

    func write(_ record: SessionRecord) throws(HayateError) {
        let text = record.text
        do throws(KeyFileError) {
            try SecretFile.write(
                SecretBytes(text), to: recordPath, replacing: true)
        } catch {
            throw HayateError(.journalFailed, error.message)
        }
    }

    /// The host that a client of this machine can dial.
    func hostToConnectTo() throws(HayateError) -> SessionRecord {
        let start = "hayate session start" + (name == "default" ? "" : " --name \(name)")
        guard let record = try record() else {
            throw HayateError(.noSession, "there is no session \(name) in \(PathText.word(path)): start it with \(start)")
        }
        switch record.state() {
        case .running: return record
        case .stopped:
            throw HayateError(.noSession, "the session \(name) is not running: \(start) goes on with it")
        case .elsewhere:
            throw HayateError(
                .noSession,
                "the session \(name) runs on \(record.host.machine) (process \(record.host.process)), and this is "
                    + "another machine or container: log in there")
        }
    }
}
