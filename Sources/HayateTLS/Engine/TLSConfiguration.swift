import CMbedTLS

/// A configuration that all connections of a server or a client begin with.
///
/// Safe to share: it is finished before the first engine copies it, and not changed afterwards.
final class TLSConfiguration: @unchecked Sendable {
    private let memory: UnsafeMutablePointer<mbedtls_ssl_config>
    var pointer: UnsafePointer<mbedtls_ssl_config> { UnsafePointer(memory) }
    private let ownKey: PointedKey?

    /// - Parameter ownKey: with which a client dials; nil for others.
    init(
        isServer: Bool, withKeys: Bool, ownKey: PointedKey? = nil,
        _ change: (UnsafeMutablePointer<mbedtls_ssl_config>) -> Int32
    ) throws(TLSFailure) {
        memory = .allocate(capacity: 1)
        self.ownKey = ownKey
        mbedtls_ssl_config_init(memory)
        var result = mbedtls_ssl_config_defaults(
            memory, isServer ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
            MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT)
        mbedtls_ssl_conf_min_version(
            memory, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3)
        mbedtls_ssl_conf_max_version(
            memory, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3)
        mbedtls_ssl_conf_ciphersuites(
            memory, withKeys ? TLSRules.suitesWithKeys : TLSRules.suitesWithCertificates)
        mbedtls_ssl_conf_curves(memory, TLSRules.curves)
        mbedtls_ssl_conf_sig_hashes(memory, TLSRules.hashes)
        // SHA-2, curves of 256 bits and RSA of 2048 bits at least.
        mbedtls_ssl_conf_cert_profile(memory, CertificateRules.profile)
        mbedtls_ssl_conf_renegotiation(memory, MBEDTLS_SSL_RENEGOTIATION_DISABLED)
        if result == 0 { result = change(memory) }
        guard result == 0 else {
            // It is whole already, so `deinit` frees it.
            throw TLSFailure(.inside(result), "TLS cannot be set up: \(TLSCode.text(result))")
        }
        ownKey?.lend(to: memory)
    }

    deinit {
        ownKey?.takeBack(from: memory)
        mbedtls_ssl_config_free(memory)
        memory.deallocate()
    }
}

/// A client's key and its name where mbedTLS looks for them.
///
/// `mbedtls_ssl_conf_psk` would copy the key to the heap, and a core dump has the heap in it.
/// Safe to share: nothing of it changes.
final class PointedKey: @unchecked Sendable {
    private let key: SecretBytes
    private let name: UnsafeMutableBufferPointer<UInt8>

    init(_ key: RoleKey) {
        self.key = key.bytes
        name = .allocate(capacity: key.identity.utf8.count)
        _ = name.initialize(from: key.identity.utf8)
    }

    deinit { name.deallocate() }

    /// The memory stays where it is as long as this object is there; mbedTLS only reads it.
    fileprivate func lend(to configuration: UnsafeMutablePointer<mbedtls_ssl_config>) {
        key.withBytes { bytes in
            configuration.pointee.psk = UnsafeMutablePointer(
                mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            configuration.pointee.psk_len = bytes.count
        }
        configuration.pointee.psk_identity = name.baseAddress
        configuration.pointee.psk_identity_len = name.count
    }

    /// Before the configuration is freed, which would free these too.
    fileprivate func takeBack(from configuration: UnsafeMutablePointer<mbedtls_ssl_config>) {
        configuration.pointee.psk = nil
        configuration.pointee.psk_len = 0
        configuration.pointee.psk_identity = nil
        configuration.pointee.psk_identity_len = 0
    }
}
