"""Drives a headless Chromium by its DevTools protocol, with the standard library alone.

    browser.py CHROMIUM WIDTH HEIGHT SCHEME URL [SCREENSHOT] < expressions

Opens URL, evaluates the expressions (JavaScript, separated by lines with --- alone; promises are waited for), and
prints one line of JSON for each: {"value": …} or {"error": …}. Then one line {"said": […]} with everything that the
page wrote to the console, including what its security policy has blocked and what has thrown. SCHEME is light or dark.
"""
import base64, json, os, shutil, socket, struct, subprocess, sys, tempfile, time, urllib.request


class DevTools:
    def __init__(self, address):
        host, path = address.removeprefix("ws://").split("/", 1)
        name, port = host.split(":")
        self.socket = socket.create_connection((name, int(port)), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((
            f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        self.reader = self.socket.makefile("rb")
        while self.reader.readline() != b"\r\n":
            pass
        self.number = 0
        self.said = []

    def message(self):
        data = b""
        while True:
            first, second = self.reader.read(2)
            length = second & 127
            if length == 126:
                length, = struct.unpack(">H", self.reader.read(2))
            elif length == 127:
                length, = struct.unpack(">Q", self.reader.read(8))
            data += self.reader.read(length)
            if first & 128:
                return json.loads(data)

    def call(self, method, **parameters):
        self.number += 1
        body = json.dumps({"id": self.number, "method": method, "params": parameters}).encode()
        mask = os.urandom(4)
        head = b"\x81" + (struct.pack(">B", 128 | len(body)) if len(body) < 126 else struct.pack(">BH", 254, len(body)))
        self.socket.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(body)))
        while True:
            message = self.message()
            if message.get("id") == self.number:
                return message.get("result", message)
            if message.get("method") == "Runtime.exceptionThrown":
                self.said.append(message["params"]["exceptionDetails"]["text"])
            if message.get("method") == "Log.entryAdded":
                self.said.append(message["params"]["entry"]["text"])


def main():
    chromium, width, height, scheme, url = sys.argv[1:6]
    profile = tempfile.mkdtemp()
    browser = subprocess.Popen(
        [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
         "--disable-background-networking", "--remote-debugging-port=0", "--user-data-dir=" + profile,
         f"--window-size={width},{height}", "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        ready = profile + "/DevToolsActivePort"
        until = time.monotonic() + 60
        while not (os.path.exists(ready) and "\n" in open(ready).read()):
            if time.monotonic() > until or browser.poll() is not None:
                sys.exit("the browser did not start")
            time.sleep(0.05)
        port = open(ready).read().split()[0]
        pages = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
        tools = DevTools(next(page for page in pages if page["type"] == "page")["webSocketDebuggerUrl"])
        tools.call("Runtime.enable")
        tools.call("Log.enable")
        tools.call("Emulation.setDeviceMetricsOverride", width=int(width), height=int(height), deviceScaleFactor=1,
                   mobile=int(width) < 600)
        tools.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        tools.call("Page.navigate", url=url)
        for expression in sys.stdin.read().split("\n---\n"):
            answer = tools.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
            if "exceptionDetails" in answer:
                details = answer["exceptionDetails"]
                print(json.dumps({"error": details.get("exception", {}).get("description", details["text"])}))
            else:
                print(json.dumps({"value": answer["result"].get("value")}))
        if len(sys.argv) > 6:
            picture = tools.call("Page.captureScreenshot", format="png")["data"]
            with open(sys.argv[6], "wb") as file:
                file.write(base64.b64decode(picture))
        print(json.dumps({"said": tools.said}))
    finally:
        browser.terminate()
        browser.wait()
        shutil.rmtree(profile, ignore_errors=True)


main()
