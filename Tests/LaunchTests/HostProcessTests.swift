import Glibc
import Testing

@testable import HayateLaunch

@Suite struct HostProcessTests {
    private let here = HostProcess.current()

    @Test("a host that has its file locked lives, wherever it runs")
    func locked() {
        var other = here
        other.machine = "elsewhere"
        #expect(other.life(isLocked: true, seenFrom: here) == .alive)
    }

    @Test("a host of this machine without its lock is gone, also after a restart of the machine")
    func unlocked() {
        #expect(here.life(isLocked: false, seenFrom: here) == .gone)
        var before = here
        before.boot = "another"
        #expect(before.life(isLocked: false, seenFrom: here) == .gone)
    }

    @Test("of a host of another machine nobody can tell")
    func elsewhere() {
        var other = here
        other.machine = "elsewhere"
        guard case .unknown(let why) = other.life(isLocked: false, seenFrom: here) else {
            Issue.record("it was taken for gone")
            return
        }
        #expect(why.contains("elsewhere"))
        other.machine = "localhost"
        var twin = here
        twin.machine = "localhost"
        #expect(other.life(isLocked: false, seenFrom: twin) != .gone)
    }

    @Test("where there are no locks, the process and its start tell")
    func withoutLocks() throws {
        var host = here
        host.isLocking = false
        try #require(host.started > 0)
        #expect(host.life(isLocked: nil, seenFrom: here) == .alive)
        #expect(host.life(isLocked: false, seenFrom: here) == .alive)
        host.started += 1
        #expect(host.life(isLocked: nil, seenFrom: here) == .gone, "another process has its number")
        host.process = .max
        #expect(host.life(isLocked: nil, seenFrom: here) == .gone)
        host.processSpace = "pid:[1]"
        guard case .unknown = host.life(isLocked: nil, seenFrom: here) else {
            Issue.record("a number of another container was believed")
            return
        }
    }
}
