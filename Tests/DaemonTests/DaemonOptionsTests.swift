import HayateDaemon
import Testing

@Suite("A daemon's command line") struct DaemonOptionsTests {
    @Test func cleanUpTravelsByItsNames() throws {
        for raw in 0..<UInt8(16) {
            var options = DaemonOptions(url: "ipc:///tmp/x")
            options.cleanUp = CleanUp(rawValue: raw)
            #expect(try DaemonOptions(arguments: options.arguments) == options)
        }
        #expect(!DaemonOptions(url: "ipc:///tmp/x").arguments.contains("--cleanup"))
        #expect(CleanUp(text: "environment,files") == [.environment, .files])
        #expect(CleanUp(text: "none") == [])
    }

    /// Somebody who gives a fingerprint believes that the host is known by it.
    @Test(arguments: ["--fingerprint", "--ca"])
    func whatIsForCertificatesIsNotIgnored(option: String) throws {
        let options = try DaemonOptions(arguments: ["tcp://127.0.0.1:1", option, "x"])
        let error = #expect(throws: DaemonError.self) { try DaemonRuntime(options) }
        #expect(error?.description.contains("tls+tcp:// and wss://") == true)
    }

    @Test func aKeyBesideACertificateIsNotIgnored() throws {
        let options = try DaemonOptions(
            arguments: ["tls+tcp://127.0.0.1:1", "--ca", "system", "--key-file", "/tmp/x"])
        let error = #expect(throws: DaemonError.self) { try DaemonRuntime(options) }
        #expect(error?.description.contains("two ways to know the host") == true)
    }

    @Test func wrongNamesAreSaid() {
        for word in ["everything", "", "files,", "files,environment,x"] {
            let error = #expect(throws: DaemonError.self) {
                try DaemonOptions(arguments: ["ipc:///tmp/x", "--cleanup", word])
            }
            #expect(error?.description.contains("must be all, none, or some of") == true)
        }
    }
}
