/// Numbers of RFC 6455, section 5.2, and our bounds.
enum FrameRules {
    /// Most bytes of payload in a frame that we send. Larger ones save nothing, and proxies hold frames back.
    static let longestSent = 64 << 10
    /// Most bytes of payload in a frame that we take; no memory is reserved for it.
    static let longestTaken: UInt64 = 1 << 30
    static let longestControl = 125
    /// Control frames without a byte of payload between them. Proxies ping every few seconds and hosts send
    /// more often than that; only a peer that wants to be answered for nothing comes here.
    static let mostControlsInARow = 1_000
    /// Two bytes, eight of length, four of mask.
    static let longestHeader = 14
}

enum Opcode: UInt8 {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    var isControl: Bool { rawValue >= 8 }
}

/// Codes of RFC 6455, section 7.4.
enum CloseCode {
    static let normal: UInt16 = 1000
    static let goingAway: UInt16 = 1001
    static let protocolError: UInt16 = 1002
    static let unsupportedData: UInt16 = 1003
    static let tooBig: UInt16 = 1009

    /// Whether a peer may send it. 1004 to 1006 and 1015 stand for what was never sent.
    static func isAllowed(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    static func name(_ code: UInt16) -> String {
        switch code {
        case 1001: "going away"
        case 1002: "protocol error"
        case 1003: "unsupported data"
        case 1007: "invalid data"
        case 1008: "against its policy"
        case 1009: "message too big"
        case 1011: "internal error"
        case 1012: "restarting"
        case 1013: "try again later"
        case 1014: "bad gateway"
        default: "no known reason"
        }
    }
}

/// What a peer did against the rules, and the code that tells it.
struct FrameFault: Error {
    var code = CloseCode.protocolError
    var what: String
}
