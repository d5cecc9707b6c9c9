import HayateTLS

/// One layer between the wire and the user's bytes: TLS, or the frames of a WebSocket.
///
/// Without I/O and not safe to share: `EngineStack` locks. The layers of an address, outermost first:
///
/// | address | layers |
/// | --- | --- |
/// | `tcp://` | TLS with the pool's keys; none where plaintext is allowed |
/// | `tls+tcp://` | TLS with the pool's keys, or with certificates |
/// | `ws://` | WebSocket, and inside it TLS with the pool's keys: proxies see frames of a WebSocket, not what is in them |
/// | `wss://` | TLS with certificates, WebSocket, TLS with the pool's keys |
public protocol ByteEngine: AnyObject {
    var phase: TLSEngine.Phase { get }

    /// Says the first word, if this side has it.
    func start() throws(CipherFailure)

    /// Takes bytes from the layer outside and returns those for the layer inside. They are not a part of
    /// `sealed`, and stay where they are until this thread calls `receive` of any engine of this kind again.
    func receive(_ sealed: UnsafeRawBufferPointer) throws(CipherFailure) -> UnsafeRawBufferPointer

    /// Takes bytes from the layer inside. They wait while it is handshaking.
    func send(_ plain: UnsafeRawBufferPointer) throws(CipherFailure)

    /// Bytes for the layer outside that nobody has taken yet.
    var outputCount: Int { get }

    /// Gives what is for the layer outside to `body` and forgets it.
    func takeOutput(_ body: (UnsafeRawBufferPointer) -> Void)

    /// Who the peer has shown to be in this layer.
    var peer: TLSPeer { get }
}

extension ByteEngine {
    var hasOutput: Bool { outputCount > 0 }
}

/// TLS as a layer.
final class TLSLayer: ByteEngine {
    private let engine: TLSEngine

    init(_ engine: TLSEngine) { self.engine = engine }

    var phase: TLSEngine.Phase { engine.phase }
    var outputCount: Int { engine.outputCount }
    var peer: TLSPeer { engine.peer }

    func takeOutput(_ body: (UnsafeRawBufferPointer) -> Void) { engine.takeOutput(body) }

    func start() throws(CipherFailure) {
        do throws(TLSFailure) { try engine.start() } catch { throw CipherFailure(error.message) }
    }

    func receive(_ sealed: UnsafeRawBufferPointer) throws(CipherFailure) -> UnsafeRawBufferPointer {
        do throws(TLSFailure) {
            return try engine.receive(sealed)
        } catch {
            throw CipherFailure(error.message)
        }
    }

    func send(_ plain: UnsafeRawBufferPointer) throws(CipherFailure) {
        do throws(TLSFailure) { try engine.send(plain) } catch { throw CipherFailure(error.message) }
    }
}
