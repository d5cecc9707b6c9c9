import Foundation
import Testing

@testable import HayateCLI

@Suite struct InterruptTests {
    @Test func theFirstSignalIsToldAndRemembered() async throws {
        let (numbers, told) = AsyncStream.makeStream(of: Int32.self)
        let interrupts = try #require(Interrupts { told.yield($0) })
        #expect(interrupts.first == 0)
        kill(getpid(), SIGINT)
        for await number in numbers {
            #expect(number == SIGINT)
            break
        }
        #expect(interrupts.first == SIGINT)
        interrupts.end()
    }
}
