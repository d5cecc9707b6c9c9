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
                "the peer's key (\(Printable.text(unknownIdentity ?? ""))) is none of this pool's: give it "
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
        case _ where server.usesCertificates && TLSCode.isAboutCertificates(result):
            return certificateFailure(result)
        case TLSCode.wrongRecord where !looksLikeHandshake, TLSCode.wrongClientHello where !looksLikeHandshake:
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
        case _ where client.usesCertificates && TLSCode.isAboutCertificates(result):
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
        case (40, false) where wasAskedInVain:
            return TLSFailure(
                .certificate(.missing),
                "the host wants a certificate of this side and got none: start with --certificate and "
                    + "--certificate-key")
        case (40, _), (71, _):
            return TLSFailure(
                .noSharedSuite,
                hasKey
                    ? "\(other) does not use keys: if it is the right one, start with the --fingerprint or --ca that it names"
                    : "\(other) found nothing in common: it uses a key where this side uses certificates (then "
                        + "start with --key-file), or it is outdated, or its certificate is of a kind that is "
                        + "not allowed here")
        case (70, _):
            return TLSFailure(.oldVersion, "\(other) wants another version of TLS than 1.2")
        case (42...49, false):
            return TLSFailure(
                .refusedByPeer(alert),
                "\(other) did not accept this side's certificate: \(Self.alertText(alert))")
        default:
            return TLSFailure(
                .refusedByPeer(alert),
                "\(other) broke off the handshake (TLS alert \(alert)): its own log says why")
        }
    }

    /// Whether a host asked this client for a certificate that it does not have.
    private var wasAskedInVain: Bool {
        guard case .client(let client) = side, case .certificate(_, nil) = client.authentication else {
            return false
        }
        return wasAskedForCertificate
    }

    /// What the other side found, as far as its alert tells, and what to do.
    private static func alertText(_ alert: UInt8) -> String {
        switch alert {
        case 42: "it is damaged, or not for the name that was dialled: make one with that name"
        case 43:
            "its key or signature is too weak, or it was made for another use: make one with 'hayate keys "
                + "certificate'"
        case 44: "its authority has taken it back: ask for a new one"
        case 45: "it is over or not yet valid by the other side's clock: make a new one, or set the clocks"
        case 48: "the other side does not know the authority that signed it: give it that authority's certificate"
        case 49: "its fingerprint is none of those that the other side was given: give it this one's"
        default: "the other side's own log says why (TLS alert \(alert))"
        }
    }
}
