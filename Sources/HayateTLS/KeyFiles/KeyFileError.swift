/// Why a file with a secret is not taken, or cannot be written.
public struct KeyFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind, for programs.
    public enum Kind: Sendable, Hashable {
        /// There is no such file.
        case missing
        /// The file itself is a symbolic link.
        case link
        /// It is a directory, a pipe or a device.
        case notAFile
        /// The file belongs to another user.
        case foreignOwner
        /// Its mode lets others in.
        case widePermissions
        /// Others could put another file in its place.
        case unsafeDirectory
        /// It is larger than a secret can be.
        case tooLarge
        /// There is a file already, and nothing is overwritten.
        case exists
        /// What it holds is no key of ours.
        case notAKeyFile
        /// It was written by a version of this program that is yet to come.
        case newerVersion
        /// Its end is missing.
        case truncated
        /// It was changed since it was written.
        case damaged
        /// It holds keys, and not one of the role that is needed.
        case wrongRole
        /// It holds a role's key where the secret of the pool is needed.
        case secretNeeded
        /// Somebody would have to type a secret, or see one.
        case terminal
        /// The system refused; the number is that of errno.
        case system(Int32)
    }

    public var kind: Kind
    /// One sentence for a person that names the file and the remedy, without a full stop. It never holds
    /// anything of the file's content.
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}
