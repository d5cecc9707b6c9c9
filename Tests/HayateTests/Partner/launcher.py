"""Web services that start what they are sent, as Posit Workbench, Kubernetes and slurmrestd do.

    launcher.py LOG     on 127.0.0.1; prints its port

Appends each request to LOG as a line of JSON. With its standard input it ends all that it has started.
"""
import http.server
import json
import os
import signal
import subprocess
import sys
import threading

log = sys.argv[1]
lock = threading.Lock()
running = {}
counts = {}

CLUSTERS = [
    {"name": "Local", "defaultImage": "img:1", "resourceProfiles": [{"name": "small"}, {"name": "large"}]},
    {"name": "Kubernetes", "resourceProfiles": [{"name": "rstudio"}]},
]


def start(words):
    process = subprocess.Popen(words, start_new_session=True, stdin=subprocess.DEVNULL)
    with lock:
        number = len(running) + 1
        running[str(number)] = process
    return str(number)


def end(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self, status, value):
        text = (value if isinstance(value, str) else json.dumps(value)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def handle_all(self):
        text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        try:
            body = json.loads(text) if text else None
        except ValueError as error:
            return self.answer(400, "no JSON: %s in %s" % (error, text))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with lock:
            counts[self.path] = counts.get(self.path, 0) + 1
            count = counts[self.path]
            with open(log, "a") as file:
                file.write(json.dumps(
                    {"method": self.command, "path": self.path, "headers": headers, "body": body}) + "\n")
        path = self.path.split("?")[0]
        if path in ("/launch", "/twice"):
            if path == "/twice" and count > 2:
                return self.answer(403, "quota of " + headers.get("authorization", "") + " is used up\n\nask for more")
            return self.answer(201, {"id": start(["/bin/sh", "-c", body["command"]])})
        if path == "/moved":
            self.send_response(307)
            self.send_header("Location", "https://elsewhere.example/launch?secret=1")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if path == "/wb/api/get_compute_envs":
            return self.answer(200, {"result": {"clusters": CLUSTERS}})
        if path == "/wb/api/launch_job":
            job = body["kwparams"]["job"]
            if job["name"] == "refuse":
                return self.answer(200, {"error": {"code": 1, "message": "no licence"}})
            return self.answer(200, {"result": {"id": start([job["exe"]] + job["args"])}})
        jobs = "/apis/batch/v1/namespaces/tests/jobs"
        if path == jobs:
            container = body["spec"]["template"]["spec"]["containers"][0]
            if container["image"] == "refuse":
                return self.answer(422, {"kind": "Status", "message": "Job is invalid: no such image"})
            number = start(container["command"])
            with lock:
                running[body["metadata"]["name"]] = running.pop(number)
            return self.answer(201, body)
        if path.startswith(jobs + "/"):
            process = running.pop(path[len(jobs) + 1:], None)
            if not process:
                return self.answer(404, {"message": "not found"})
            end(process)
            return self.answer(200, {"status": "Success"})
        if path == "/slurm/v0.0.38/job/submit":
            if headers["x-slurm-user-token"] != "good-token":
                return self.answer(401, "Authentication failure")
            if body["job"].get("partition") == "nowhere":
                return self.answer(200, {"errors": [{"error_code": 2000, "error": "Invalid partition name specified"}]})
            return self.answer(200, {"errors": [], "job_id": 41 + count})
        if path.startswith("/slurm/v0.0.38/job/"):
            if path.endswith("/42"):
                return self.answer(500, {"errors": [{"error_number": 2017, "error": "Invalid job id specified"}]})
            return self.answer(200, {"errors": []})
        return self.answer(404, "nothing at " + path)

    do_GET = do_POST = do_PUT = do_DELETE = handle_all


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
for process in list(running.values()):
    end(process)
