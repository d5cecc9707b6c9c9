import HayateCore
import HayateHTTP

extension HTTPConfiguration {
    /// Daemons as Jobs of a Kubernetes cluster, one Job with one pod for each; they are deleted with the pool.
    ///
    /// ```swift
    /// let remote = HTTPConfiguration.kubernetes(image: "registry.example.org/tasks:7", keySecret: "hayate-key")
    /// try await pool.launchRemote(4, remote: remote)
    /// ```
    ///
    /// Inside the cluster the server, its authority, the namespace and the token are those of the pod's service
    /// account, which must be allowed to create and delete Jobs. The image has the pool's program at its path
    /// (`Daemons.executable`) and `/bin/sh`. The key is never in the Job itself, where all who may read Jobs would
    /// see it: it is in a Secret,
    /// made beforehand from `Pool.daemonKeyFile`,
    ///
    ///     kubectl create secret generic hayate-key --from-file=daemon.key=FILE
    ///
    /// which is mounted as a file and becomes the daemon's standard input. A pool keeps its key with `Daemons.keyFile`.
    /// - Parameters:
    ///   - image: of the container.
    ///   - keySecret: the Secret; nil: the image or the cluster puts the key at `keyFile` in another way.
    ///   - keyFile: where it is mounted; the last part is the name of the Secret's item.
    ///   - server: the API server, without a path.
    ///   - namespace: of the Job and the Secret.
    ///   - token: of an account that may create and delete Jobs.
    ///   - authorities: the file with the certificate of the cluster's authority.
    ///   - cpus: requested, 0.5 for example.
    ///   - memory: requested, and the limit, in MB (2^20 bytes).
    ///   - environment: variables of the container.
    public static func kubernetes(
        image: String, keySecret: String? = nil, keyFile: String = "/run/hayate/daemon.key",
        server: LaunchValue<String>? = nil, namespace: LaunchValue<String>? = nil, token: LaunchValue<String>? = nil,
        authorities: String? = nil, cpus: Double? = nil, memory: Int? = nil, environment: [String: String] = [:]
    ) -> HTTPConfiguration {
        let account = "/var/run/secrets/kubernetes.io/serviceaccount"
        var configuration = HTTPConfiguration(
            url: .atLaunch {
                let base =
                    if let server { try await server.value("the URL of the API server") } else { try podServer() }
                let space =
                    if let namespace { try await namespace.value("the namespace") } else {
                        server == nil ? try SmallFile.text(account + "/namespace") : "default"
                    }
                guard KubernetesService.isName(space) else {
                    throw HayateError(
                        .invalidArgument, "\"\(WebCall.printable(space))\" cannot be the name of a namespace")
                }
                return WebAddress.joined(base, "apis/batch/v1/namespaces/\(space)/jobs")
            }, token: token ?? .file(account + "/token"),
            service: KubernetesService(
                image: image, keySecret: keySecret, keyFile: keyFile, cpus: cpus, memory: memory,
                environment: environment))
        configuration.authorities = authorities ?? (server == nil ? account + "/ca.crt" : nil)
        configuration.key = .file(keyFile)
        return configuration
    }

    private static func podServer() throws(HayateError) -> String {
        guard let host = variableValue("KUBERNETES_SERVICE_HOST") else {
            throw HayateError(
                .invalidArgument,
                "this process is in no pod of a Kubernetes cluster (KUBERNETES_SERVICE_HOST is not set): give the "
                    + "server")
        }
        let port = variableValue("KUBERNETES_SERVICE_PORT_HTTPS") ?? variableValue("KUBERNETES_SERVICE_PORT") ?? "443"
        return host.contains(":") ? "https://[\(host)]:\(port)" : "https://\(host):\(port)"
    }
}

struct KubernetesService: WebService {
    let image: String
    let keySecret: String?
    let keyFile: String
    let cpus: Double?
    let memory: Int?
    let environment: [String: String]

    /// RFC 1123's labels.
    static func isName(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && text.first != "-" && text.last != "-"
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: "-")
            }
    }

    func name(of daemon: RequestedDaemon) -> String? { "hayate-" + daemon.name }

    func body(for daemon: RequestedDaemon, _ call: WebCall) async throws(WebFailure) -> String {
        let parts = keyFile.split(separator: "/").map(String.init)
        guard keyFile.hasPrefix("/"), let item = parts.last, parts.count > 1 else {
            throw WebFailure(
                HayateError(
                    .invalidArgument,
                    "the key's file in a container is an absolute path with a directory, not \(keyFile)"))
        }
        let directory = "/" + parts.dropLast().joined(separator: "/")
        let labels: JSONValue = ["app.kubernetes.io/name": "hayate", "app.kubernetes.io/component": "daemon"]
        let resources = JSONValue(present: [
            "requests": JSONValue(present: [
                "cpu": cpus.map { .string("\($0)") }, "memory": memory.map { .string("\($0)Mi") },
            ]),
            "limits": memory.map { ["memory": .string("\($0)Mi")] },
        ])
        let container = JSONValue(present: [
            "name": "daemon",
            "image": .string(image),
            "command": ["/bin/sh", "-c", .string("exec \(daemon.textWithKeyAsInput)")],
            "env": .list(
                environment.sorted { $0.key < $1.key }.map { ["name": .string($0.key), "value": .string($0.value)] }),
            "resources": resources,
            "volumeMounts": keySecret.map { _ in
                [["name": "hayate-key", "mountPath": .string(directory), "readOnly": true]]
            },
        ])
        let volume = keySecret.map { secret -> JSONValue in
            [
                "name": "hayate-key",
                "secret": [
                    "secretName": .string(secret), "items": [["key": .string(item), "path": .string(item)]],
                ],
            ]
        }
        let pod = JSONValue(present: [
            "restartPolicy": "Never",
            // Tasks need no word in the cluster.
            "automountServiceAccountToken": false,
            "containers": [container],
            "volumes": volume.map { [$0] },
        ])
        let job: JSONValue = [
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": ["name": .string("hayate-" + daemon.name), "labels": labels],
            "spec": [
                // What is lost is the pool's matter.
                "backoffLimit": 0,
                "ttlSecondsAfterFinished": 300,
                "template": ["metadata": ["labels": labels], "spec": pod],
            ],
        ]
        return job.text
    }

    func job(in answer: HTTPAnswer) throws(HayateError) -> String? {
        guard let name = JSONValue(answer.body)?["metadata"]?["name"]?.string else {
            throw HayateError(
                .launchFailed,
                "the API server answered \(answer.status) without a Job: \(WebCall.printable(answer.text.prefix(400)))")
        }
        return name
    }

    func complaint(in answer: HTTPAnswer) -> String? { JSONValue(answer.body)?["message"]?.string }

    func cancellation(of job: String, launchedAt url: String) -> String? {
        // Without the policy the pod would stay.
        Self.isName(job) ? "\(url)/\(job)?propagationPolicy=Background" : nil
    }
}
