import HayateCluster
import Testing

@Suite("Requests as they are written")
struct RequestSourceTests {
    @Test("a file of YAML or JSON with every key that one job can have", arguments: [
        "walltime: 2h\nmemory: 4GiB\narray: 100%5\ndependencies: [afterOK:1:2]\nenvironment: { A: 'x y' }\nprologue: |\n  a\n  b\n",
        "walltime: 2h\nmemory: 4GiB\narray: { count: 100, throttle: 5 }\ndependencies: { afterOK: ['1', '2'] }\nenvironment: { A: 'x y' }\nprologue: [a, b]\n",
        #"{"walltime": "2h", "memory": "4GiB", "array": "100%5", "dependencies": ["afterOK:1:2"], "environment": {"A": "x y"}, "prologue": ["a", "b"]}"#,
    ])
    func file(text: String) throws {
        let request = try RequestSource(text: text, source: "job.yaml").request
        #expect(request.wallTime == .seconds(7200) && request.memory == .gibibytes(4))
        #expect(request.array == ArrayRequest(100, throttle: 5))
        #expect(request.dependencies == [JobDependency(.afterOK, [JobID("1"), JobID("2")])])
        #expect(request.environment == ["A": "x y"] && request.prologue == ["a", "b"])
    }

    @Test("what is wrong is told with its line", arguments: [
        ("waltime: 2h", "job.yaml:1: there is no key 'waltime'; did you mean 'walltime'?"),
        ("cpus: 2\narray: 0", "job.yaml:2: array is '0', which is no number"),
        ("array: 5%", "no number of elements"), ("dependencies: [before:1]", "no condition"),
        ("dependencies: [afterOK]", "names no job"), ("memory: 4", "has no unit"),
    ])
    func faults(text: String, message: String) {
        #expect { try RequestSource(text: text, source: "job.yaml") } throws: { "\($0)".contains(message) }
    }

    @Test("options are read as a file is, lists and variables one by one")
    func options() throws {
        let source = try RequestSource(options: [
            .init("--walltime", SettingPath(["walltime"]), "90m"), .init("--module", SettingPath(["modules"]), "a", isOfList: true),
            .init("--module", SettingPath(["modules"]), "b", isOfList: true),
            .init("--env", SettingPath(["environment", "A.B"]), "1"), .init("--env", SettingPath(["environment", "C"]), "null"),
        ])
        #expect(source.request.wallTime == .seconds(5400) && source.request.modules == ["a", "b"])
        #expect(source.request.environment == ["A.B": "1", "C": "null"])
        #expect { try RequestSource(options: [.init("--walltime", SettingPath(["walltime"]), "90")]) } throws: {
            "\($0)".hasPrefix("--walltime: walltime is '90', which has no unit")
        }
    }

    @Test("each field tells where it was written: the option before the file, the file before the site, lists everywhere")
    func origins() throws {
        let options = try RequestSource(options: [.init("--walltime", SettingPath(["walltime"]), "1h")])
        let file = try RequestSource(text: "walltime: 2h\nmodules: [b]\nenvironment:\n  A: 1\n", source: "job.yaml")
        let text = """
            schema: 1
            site: { id: x }
            clusters:
              main:
                scheduler: slurm
                extraDirectives: [--a]
                defaults:
                  cpus: 2
                  modules: [a]
                queues:
                  long: { qos: slow }
            runtime: { shell: /bin/bash }
            """
        let settings = try SiteCatalogue([.init(.user, "x.yaml", text: text)]).settings(of: "x")
        let planner = try JobPlanner(settings.profile)
        let wishes = options.request.completed(from: file.request)
        let plan = try planner.allocation(for: wishes)
        let places = RequestOrigins([options, file], settings, planner, queue: plan.request.queue).places
        #expect(places["walltime"] == "--walltime" && places["environment.A"] == "job.yaml:4")
        #expect(places["modules"] == "job.yaml:2, x.yaml:9" && places["cpus"] == "x.yaml:8")
        #expect(places["queue"] == "x.yaml:11" && places["qos"] == "x.yaml:11")
        #expect(places["runtime.shell"] == "x.yaml:12" && places["cluster.extraDirectives"] == "x.yaml:6")
    }
}
