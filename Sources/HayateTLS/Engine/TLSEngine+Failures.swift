import CMbedTLS

/// What went wrong, as a sentence for the person at this side.
extension TLSEngine {
    func failure(of result: Int32, wasEstablished: Bool) -> TLSFailure {
        if result == TLSCode.fatalAlert {
            let alert = alert ?? 0
            return wasEstablished
                ? TLSFailure(.refusedByPeer(alert), "the other side broke off (TLS alert \(alert))")
                : failure(ofAlert: alert)
        }
        if wasEstablished {
            return TLSFailure(
                .malformed, "what arrived was damaged or forged on its way (\(TLSCode.text(result)))")
        }
        switch side {
        case .server(let server): return failure(of: result, at: server)
        case .client(let client): return failure(of: result, at: client)
        }
    }

    private func failure(of result: Int32, at server: TLSServer) -> TLSFailure {
        switch result {
        case TLSCode.wrongMAC where server.usesKeys, TLSCode.wrongFinished where server.usesKeys:
            if let claimedKey {
                return TLSFailure(
                    .wrongKey,
                    "the peer named this pool's \(claimedKey.role.rawValue) key \(claimedKey.id) and does not "
                        + "have it")
            }
            return TLSFailure(
                .unknownKey,
                "the peer's key (\(Self.printable(unknownIdentity ?? ""))) is none of this pool's: give it "
                    + "this pool's key file")
        case TLSCode.noSharedSuite, TLSCode.noUsableSuite:
            return TLSFailure(
                .noSharedSuite,
                server.usesKeys
                    ? "the peer speaks TLS without one of this pool's keys: start it with --key-file"
                    : "the peer offers none of the suites that this host allows: it uses a key where this host "
                        + "has a certificate, or it is outdated")
        case TLSCode.wrongVersion:
            return TLSFailure(
                .oldVersion, "the peer speaks no TLS 1.2, which is the only version allowed")
        case TLSCode.unverified, TLSCode.noClientCertificate, TLSCode.wrongCertificate:
            return certificateFailure(result)
        case TLSCode.wrongRecord:
            return TLSFailure(.notTLS, "the peer does not speak TLS")
        default:
            return TLSFailure(.malformed, "the peer breaks the rules of TLS (\(TLSCode.text(result)))")
        }
    }

    private func failure(of result: Int32, at client: TLSClient) -> TLSFailure {
        switch result {
        case TLSCode.wrongMAC where client.key != nil, TLSCode.wrongFinished where client.key != nil:
            return TLSFailure(
                .keyRefused,
                "the host has another key than this one (\(client.key?.id ?? "")): it may not be the host "
                    + "it claims to be, or the key was replaced; get the pool's present key file")
        case TLSCode.wrongVersion:
            return TLSFailure(
                .oldVersion, "the host speaks no TLS 1.2, which is the only version allowed")
        case TLSCode.unverified, TLSCode.wrongCertificate:
            return certificateFailure(result)
        case TLSCode.wrongRecord:
            return TLSFailure(
                .notTLS,
                "the host does not speak TLS: it is another program, or was started with --insecure-plaintext")
        case TLSCode.wrongServerHello:
            return TLSFailure(
                .noSharedSuite, "the host chose what was not offered: it is no host of ours")
        default:
            return TLSFailure(.malformed, "the host breaks the rules of TLS (\(TLSCode.text(result)))")
        }
    }

    private func certificateFailure(_ result: Int32) -> TLSFailure {
        let problem =
            certificateProblem ?? (result == TLSCode.noClientCertificate ? .missing : .unreadable)
        let whose: String
        switch side {
        case .server: whose = "the peer's certificate"
        case .client: whose = "the host's certificate"
        }
        return TLSFailure(.certificate(problem), "\(whose) \(problem.sentence)")
    }

    private func failure(ofAlert alert: UInt8) -> TLSFailure {
        let hasKey: Bool
        let other: String
        switch side {
        case .server(let server): (hasKey, other) = (server.usesKeys, "the peer")
        case .client(let client): (hasKey, other) = (client.key != nil, "the host")
        }
        switch (alert, hasKey) {
        case (20, true), (51, true), (115, true):
            if case .client(let client) = side, let key = client.key {
                return TLSFailure(
                    .keyRefused,
                    "the host did not accept this \(key.role.rawValue) key (\(key.id)): it is another pool's, "
                        + "or was replaced; get the pool's present key file")
            }
            return TLSFailure(
                .wrongKey, "the peer has another key than this host: give it this pool's key file")
        case (40, _), (71, _):
            return TLSFailure(
                .noSharedSuite,
                hasKey
                    ? "\(other) does not use keys: it wants certificates, or is no host of ours"
                    : "\(other) does not take certificates: it wants a key, so start with --key-file")
        case (70, _):
            return TLSFailure(.oldVersion, "\(other) wants another version of TLS than 1.2")
        case (42...49, _):
            return TLSFailure(
                .refusedByPeer(alert),
                "\(other) did not accept this side's certificate (TLS alert \(alert), "
                    + "\(Self.alertNames[alert] ?? "certificate")): its own log says why")
        default:
            return TLSFailure(
                .refusedByPeer(alert),
                "\(other) broke off the handshake (TLS alert \(alert)): its own log says why")
        }
    }

    private static let alertNames: [UInt8: String] = [
        42: "bad certificate", 43: "unsupported certificate", 44: "revoked", 45: "expired",
        46: "unknown certificate", 48: "unknown authority", 49: "access denied",
    ]

    /// A stranger's word, made harmless for a log.
    private static func printable(_ text: String) -> String {
        text.isEmpty ? "none" : String(text.unicodeScalars.prefix(64).map { scalar in
            scalar.isASCII && scalar.value > 0x20 && scalar.value < 0x7f ? Character(scalar) : "?"
        })
    }
}
