import HayateCore
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

    @Test func resourcesTravelByTheirOptions() throws {
        var options = DaemonOptions(url: "ipc:///tmp/x")
        #expect(!options.arguments.contains("--cpus"))
        options.resources = DaemonResources(cpus: 8, gpus: [3, 0], memory: 16 << 30, named: ["licence": 2, "x": 1])
        #expect(try DaemonOptions(arguments: options.arguments) == options)
        let all = try DaemonOptions(arguments: ["ipc:///tmp/x", "--gpus", "auto"])
        #expect(all.offersAllCPUs && all.findsGPUs && all.resources != nil && !all.collectsOutput)
        #expect(try DaemonOptions(arguments: all.arguments) == all)
        let some = try DaemonOptions(arguments: ["ipc:///tmp/x", "--memory", "1.5GiB", "--resource", "a=3"])
        #expect(some.resources?.memory == 3 << 29 && some.resources?.named == ["a": 3])
    }

    @Test(
        arguments: [
            ("--cpus", "0"), ("--cpus", "many"), ("--gpus", "0,,1"), ("--gpus", "-1"), ("--gpus", "70000"),
            ("--memory", "16"), ("--memory", "0B"), ("--resource", "licence"), ("--resource", "a b=1"),
            ("--resource", "x=0"), ("--resource", "=1"),
        ])
    func resourcesThatCannotBeAreNamed(option: String, value: String) {
        let error = #expect(throws: DaemonError.self) {
            try DaemonOptions(arguments: ["ipc:///tmp/x", option, value])
        }
        #expect(error?.description.contains("\(option) is \"\(value)\"") == true)
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
