import CLibSSH

/// A key of libssh, which goes with the last reference.
final class SSHKey {
    let pointer: ssh_key

    /// Takes it over.
    init(_ pointer: ssh_key) { self.pointer = pointer }
    deinit { ssh_key_free(pointer) }

    func isSamePublicKey(as other: SSHKey) -> Bool { ssh_key_cmp(pointer, other.pointer, SSH_KEY_CMP_PUBLIC) == 0 }

    /// Such as `ssh-ed25519`.
    var type: String {
        ssh_key_type_to_char(ssh_key_type(pointer)).map { String(cString: $0) } ?? "unknown"
    }

    /// As `ssh-keygen -l` calls it, such as `ED25519`.
    var shortType: String {
        switch type {
        case let type where type.hasPrefix("ecdsa-sha2"): "ECDSA"
        case "ssh-ed25519": "ED25519"
        case "ssh-rsa": "RSA"
        case "ssh-dss": "DSA"
        case let type where type.hasPrefix("sk-ssh-ed25519"): "ED25519-SK"
        case let type where type.hasPrefix("sk-ecdsa"): "ECDSA-SK"
        case let type: type
        }
    }

    /// How `ssh-keygen -t` and `ssh-keyscan -t` call it.
    var generatorType: String { shortType.lowercased() }

    /// As `ssh-keygen -l` prints it: `SHA256:` and 43 letters.
    var fingerprint: String {
        var hash: UnsafeMutablePointer<UInt8>?
        var count = 0
        guard ssh_get_publickey_hash(pointer, SSH_PUBLICKEY_HASH_SHA256, &hash, &count) == 0,
            let text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, count)
        else { return "a key without a fingerprint" }
        defer {
            ssh_clean_pubkey_hash(&hash)
            ssh_string_free_char(text)
        }
        return String(cString: text)
    }

    /// Type and fingerprint.
    var label: String { "\(shortType) \(fingerprint)" }

    /// What a line of `known_hosts` has behind the names; nil if it cannot be written down.
    var line: String? {
        var text: UnsafeMutablePointer<CChar>?
        guard ssh_pki_export_pubkey_base64(pointer, &text) == 0, let text else { return nil }
        defer { ssh_string_free_char(text) }
        return "\(type) \(String(cString: text))"
    }

    /// From the two words of a line; nil if it is no key that libssh knows.
    init?(type: some StringProtocol, base64: some StringProtocol) {
        var key: ssh_key?
        guard ssh_pki_import_pubkey_base64(String(base64), ssh_key_type_from_name(String(type)), &key) == 0, let key
        else { return nil }
        pointer = key
    }
}

extension SSHKey {
    /// As it goes over the wire; of a certificate, with all that it says.
    var blob: [UInt8]? {
        var text: UnsafeMutablePointer<CChar>?
        guard ssh_pki_export_pubkey_base64(pointer, &text) == 0, let text else { return nil }
        defer { ssh_string_free_char(text) }
        return Base64.decode(String(cString: text))
    }
}
