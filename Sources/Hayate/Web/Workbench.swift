import HayateCore
import HayateHTTP

extension HTTPConfiguration {
    /// Daemons as jobs of the Posit Workbench (2026.01 or later) in whose session this process runs: mirai's defaults.
    ///
    /// Server and cookie are those of the session (`RS_SERVER_ADDRESS`; `RS_SESSION_RPC_COOKIE`, or the file
    /// `rpc_cookie` in `PWB_SESSION_RUNTIME_DIR`). Before each launch the service is asked for its clusters.
    /// - Parameters:
    ///   - jobName: of the jobs.
    ///   - cluster: its name; nil: the first that there is.
    ///   - resourceProfile: its name; nil: the cluster's first, unless `cpus` or `memory` are given.
    ///   - cpus: instead of a profile; 1 if only the memory is given.
    ///   - memory: instead of a profile, in MB; 512 if only the processors are given.
    ///   - image: of the container; nil: the cluster's default.
    ///   - key: where the daemon finds the pool's key, if not in the home directory.
    public static func workbench(
        jobName: String = "hayate_daemon", cluster: String? = nil, resourceProfile: String? = nil, cpus: Int? = nil,
        memory: Int? = nil, image: String? = nil, key: LaunchKey = .published
    ) -> HTTPConfiguration {
        var configuration = HTTPConfiguration(
            url: .atLaunch {
                let address = try await LaunchValue<String>.variable("RS_SERVER_ADDRESS", remedy: remedy).value(
                    "the URL")
                return WebAddress.joined(address, WorkbenchService.launch)
            },
            headers: .atLaunch { ["X-RS-Session-Server-RPC-Cookie": try sessionCookie()] },
            cookie: .atLaunch { try sessionCookie() },
            service: WorkbenchService(
                jobName: jobName, cluster: cluster, resourceProfile: resourceProfile, cpus: cpus, memory: memory,
                image: image))
        configuration.key = key
        return configuration
    }

    private static let remedy = "this is no session of Posit Workbench, so give a URL and a body"

    private static func sessionCookie() throws(HayateError) -> String {
        if let cookie = variableValue("RS_SESSION_RPC_COOKIE") { return cookie }
        guard let directory = variableValue("PWB_SESSION_RUNTIME_DIR") else {
            throw HayateError(.invalidArgument, "the variable RS_SESSION_RPC_COOKIE is not set: \(remedy)")
        }
        return try SmallFile.text(directory + "/rpc_cookie")
    }
}

struct WorkbenchService: WebService {
    static let launch = "api/launch_job"
    static let environments = "api/get_compute_envs"

    let jobName: String
    let cluster: String?
    let resourceProfile: String?
    let cpus: Int?
    let memory: Int?
    let image: String?

    func body(for daemon: RequestedDaemon, _ call: WebCall) async throws(WebFailure) -> String {
        let url = call.url.dropLast(Self.launch.count) + Self.environments
        let answer = try await call.send("", method: "GET", url: String(url))
        do throws(HayateError) {
            let clusters = JSONValue(answer.body)?["result"]?["clusters"]?.elements ?? []
            let cluster = try Self.find(self.cluster, in: clusters, "cluster")
            let resources: (name: String, value: JSONValue)
            if let resourceProfile {
                _ = try Self.find(resourceProfile, in: cluster["resourceProfiles"]?.elements ?? [], "resource profile")
                resources = ("resourceProfile", .string(resourceProfile))
            } else if cpus != nil || memory != nil {
                resources = (
                    "resources", ["cpus": .number(String(cpus ?? 1)), "memory": .number(String(memory ?? 512))]
                )
            } else {
                let profile = try Self.find(nil, in: cluster["resourceProfiles"]?.elements ?? [], "resource profile")
                resources = ("resourceProfile", profile["name"] ?? .null)
            }
            let container = (image.map { .string($0) } ?? cluster["defaultImage"]).map { image -> JSONValue in
                ["image": image]
            }
            var job = JSONValue(present: [
                "cluster": cluster["name"], "container": container, "name": .string(jobName), "exe": "/bin/sh",
                "args": ["-c", .string("exec \(daemon.text)")],
            ])
            if case .object(var members) = job {
                members.append(JSONValue.Member(name: resources.name, value: resources.value))
                job = .object(members)
            }
            let request: JSONValue = ["method": "launch_job", "kwparams": ["job": job]]
            return request.text
        } catch {
            throw WebFailure(error)
        }
    }

    /// The element of that name, or the first.
    private static func find(_ name: String?, in list: [JSONValue], _ what: String) throws(HayateError) -> JSONValue {
        guard let first = list.first else {
            throw HayateError(.launchFailed, "Posit Workbench names no \(what)")
        }
        guard let name else { return first }
        guard let found = list.first(where: { $0["name"]?.string == name }) else {
            let names = list.compactMap { $0["name"]?.string }
            throw HayateError(
                .invalidArgument,
                "there is no \(what) \"\(name)\" in Posit Workbench; it has: "
                    + WebCall.printable(names.joined(separator: ", ")))
        }
        return found
    }

    /// Its answers are 200 also where they carry an error.
    func job(in answer: HTTPAnswer) throws(HayateError) -> String? {
        if let complaint = complaint(in: answer) {
            throw HayateError(.launchFailed, "Posit Workbench refused a job: \(WebCall.printable(complaint))")
        }
        return nil
    }

    func complaint(in answer: HTTPAnswer) -> String? {
        guard let error = JSONValue(answer.body)?["error"], error != .null else { return nil }
        let words = [error["message"]?.string, error["description"]?.string].compactMap { $0 }
        return words.isEmpty ? error.text : words.joined(separator: ": ")
    }
}
