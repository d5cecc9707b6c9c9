import CSystem
import Glibc

/// What a process is like as far as its tasks can change it, and how to put it back.
///
/// This is done after every task, so it takes a fraction of a microsecond where nothing differs: pointers
/// are compared where texts would have to be, one number is asked for where a list would have to be read,
/// and what is cheaper to set than to ask for is set.
///
/// Used by the one thread at a time that runs tasks.
struct ProcessState {
    private let parts: CleanUp
    private var environment = EnvironmentState()
    private var directory = DirectoryState()
    private var locale: [CChar] = []
    private var mask: mode_t = 0
    private var files = OpenFiles()

    /// Takes this process as it is now for what it should be.
    init(_ parts: CleanUp) {
        self.parts = parts
        take()
    }

    /// A set-up was done: what it changed stays.
    mutating func take() {
        if parts.contains(.environment) { environment.take() }
        if parts.contains(.directory) { directory.take() }
        if parts.contains(.locale) { locale = Self.currentLocale() }
        if parts.contains(.files) {
            mask = umask(0o077)
            umask(mask)
            files.take()
        }
    }

    /// Puts back what differs, after a task. The quick look can miss a file that was left open; the
    /// thorough one cannot, and takes some ten microseconds.
    mutating func restore(thoroughly: Bool, mayClose: () -> Bool) {
        if parts.contains(.environment), environment.differs { environment.restore() }
        if parts.contains(.directory) { directory.restore() }
        if parts.contains(.locale) { restoreLocale() }
        if parts.contains(.files) {
            // Setting it is one call, and asking for it would be two.
            umask(mask)
            if thoroughly || files.mayDiffer, mayClose() { files.closeNew() }
        }
    }

    private func restoreLocale() {
        if let name = setlocale(LC_ALL, nil), strcmp(name, locale) != 0 { setlocale(LC_ALL, locale) }
        if let global = hayate_global_locale(), uselocale(nil) != global { uselocale(global) }
    }

    private static func currentLocale() -> [CChar] {
        guard let name = setlocale(LC_ALL, nil) else { return [0] }
        return Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1))
    }
}

/// The environment's variables.
private struct EnvironmentState {
    /// The variables in the order of `environ`, as texts of our own.
    private var texts: [[CChar]] = []
    /// Where the C library had them when they were last known to be as they should be: as long as the
    /// pointers are the same, so are the variables. Only whoever writes into a variable's own memory
    /// escapes this.
    private var pointers: [UnsafeMutablePointer<CChar>] = []

    mutating func take() {
        pointers = Self.current()
        texts = pointers.map { Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1)) }
    }

    var differs: Bool {
        guard let list = hayate_environment() else { return !pointers.isEmpty }
        return pointers.withUnsafeBufferPointer { known in
            for index in known.indices where list[index] != known[index] { return true }
            return list[known.count] != nil
        }
    }

    mutating func restore() {
        var wanted: [String: [CChar]] = [:]
        for text in texts {
            if let name = Self.name(of: text) { wanted[name] = text }
        }
        for pointer in Self.current() {
            let text = Array(UnsafeBufferPointer(start: pointer, count: strlen(pointer) + 1))
            guard let name = Self.name(of: text) else { continue }
            if wanted[name] == text {
                wanted[name] = nil
            } else if wanted[name] == nil {
                unsetenv(name)
            }
        }
        for (name, text) in wanted {
            text.withUnsafeBufferPointer { text in
                if let start = text.baseAddress { _ = setenv(name, start + name.utf8.count + 1, 1) }
            }
        }
        // Their order may be another one now.
        take()
    }

    private static func current() -> [UnsafeMutablePointer<CChar>] {
        guard let list = hayate_environment() else { return [] }
        var all: [UnsafeMutablePointer<CChar>] = []
        while let variable = list[all.count] { all.append(variable) }
        return all
    }

    /// nil for what is no variable: an entry without a name or without `=`, which nobody can set or unset.
    private static func name(of text: [CChar]) -> String? {
        guard let end = text.firstIndex(of: CChar(bitPattern: UInt8(ascii: "="))), end > 0 else {
            return nil
        }
        return String(decoding: text[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// The working directory.
private struct DirectoryState {
    /// The directory itself: it is found again even if it was moved.
    private var descriptor: Int32 = -1

    mutating func take() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = hayate_open_directory(".")
    }

    /// Entering it takes half the time of asking where one is.
    func restore() { if descriptor >= 0 { _ = fchdir(descriptor) } }
}
