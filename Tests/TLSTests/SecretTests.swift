import Testing

@testable import HayateTLS

@Suite struct SecretTests {
    /// Arrays that nobody else keeps: their memory is free for others as soon as they were copied.
    @Test func bytesOfAnArrayAreCopiedWhileItLives() {
        for size in [32, 4_096] {
            let secrets = (0..<200).map { round in
                SecretBytes([UInt8](repeating: UInt8(truncatingIfNeeded: round), count: size))
            }
            for (round, secret) in secrets.enumerated() {
                let copy = secret.withBytes { Array($0) }
                #expect(copy == [UInt8](repeating: UInt8(truncatingIfNeeded: round), count: size))
            }
        }
    }
}
