import GRDB
import GRDBSQLite
import Glibc

/// Why SQLite, or the system for it, did not do something.
struct StoreFailure: Error {
    /// SQLite's extended result code.
    var code: Int32
    /// The system's error number; 0: it is not known.
    var system: Int32 = 0
    var message: String

    init(code: Int32, system: Int32 = 0, message: String) {
        self.code = code
        self.system = system
        self.message = message
    }

    init(_ error: any Error, of database: OpaquePointer? = nil) {
        if let error = error as? StoreFailure {
            self = error
        } else if let error = error as? DatabaseError {
            self.init(
                code: error.extendedResultCode.rawValue, system: database.map(sqlite3_system_errno) ?? 0,
                message: error.message ?? String(cString: sqlite3_errstr(error.extendedResultCode.rawValue)))
        } else if let error = error as? JournalError {
            // Has its sentence already.
            self.init(code: SQLITE_MISUSE, message: error.message)
        } else {
            self.init(code: SQLITE_ERROR, message: String(describing: error))
        }
    }

    /// A call of the system outside of SQLite.
    init(system: Int32, _ message: String) {
        self.init(
            code: system == ENOSPC || system == EDQUOT ? SQLITE_FULL : SQLITE_IOERR, system: system, message: message)
    }

    /// There is no room, or no more that this user may have.
    var isFull: Bool { code & 0xff == SQLITE_FULL || system == ENOSPC || system == EDQUOT }

    /// What is there cannot be read, or is not what was written.
    var isDamage: Bool {
        switch code & 0xff {
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_ERROR, SQLITE_MISMATCH, SQLITE_TOOBIG, SQLITE_CONSTRAINT: true
        case SQLITE_IOERR: system == EIO || code == 522  // SQLITE_IOERR_SHORT_READ, a macro with a shift
        default: false
        }
    }

    /// As a clause behind a name.
    var reason: String {
        system == 0 ? message : "\(message), \(String(cString: strerror(system)))"
    }
}
