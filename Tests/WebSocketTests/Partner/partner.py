"""The other side of a WebSocket, written against RFC 6455 and not against Hayate.

    partner.py client|server     speaks on standard input and output; status 0: all was as it must be
"""
import base64
import hashlib
import http.client
import http.server
import io
import os
import signal
import struct
import sys

signal.alarm(30)  # nobody waits for ever
source, sink = sys.stdin.buffer, sys.stdout.buffer


def exactly(count):
    data = source.read(count)
    if len(data) != count:
        sys.exit("the other side ended early")
    return data


def head():
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += exactly(1)
    return data


def accept(key):
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    return base64.b64encode(digest).decode()


def send(opcode, payload, masked, final=True):
    frame = bytes([(0x80 if final else 0) | opcode])
    bit = 0x80 if masked else 0
    if len(payload) < 126:
        frame += bytes([bit | len(payload)])
    elif len(payload) < 65536:
        frame += bytes([bit | 126]) + struct.pack("!H", len(payload))
    else:
        frame += bytes([bit | 127]) + struct.pack("!Q", len(payload))
    if masked:
        mask = os.urandom(4)
        frame += mask
        payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    sink.write(frame + payload)
    sink.flush()


def receive(masked):
    first, second = exactly(2)
    assert first & 0x70 == 0 and bool(second & 0x80) == masked
    length = second & 0x7F
    if length == 126:
        (length,) = struct.unpack("!H", exactly(2))
    elif length == 127:
        (length,) = struct.unpack("!Q", exactly(8))
    mask = exactly(4) if masked else bytes(4)
    payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(exactly(length)))
    return first & 0x0F, payload


def client():
    key = base64.b64encode(os.urandom(16))
    sink.write(
        b"GET /hayate HTTP/1.1\r\nhost: partner\r\nupgrade: websocket\r\nconnection: keep-alive, Upgrade\r\n"
        b"sec-websocket-key: " + key + b"\r\nsec-websocket-version: 13\r\n"
        b"sec-websocket-protocol: other, hayate.1\r\n\r\n")
    sink.flush()

    class Reply:
        def __init__(self, data):
            self.data = data

        def makefile(self, mode):
            return io.BytesIO(self.data)

    answer = http.client.HTTPResponse(Reply(head()))
    answer.begin()
    assert answer.status == 101, answer.status
    assert answer.getheader("Sec-WebSocket-Accept") == accept(key)
    assert answer.getheader("Sec-WebSocket-Protocol") == "hayate.1"
    for size in (1, 125, 126, 5000, 50000, 70000):
        payload = os.urandom(size)
        middle = size // 2
        # In pieces, with a ping between, as the standard allows.
        send(2, payload[:middle], True, final=False)
        send(9, b"are you there", True)
        send(0, payload[middle:], True)
        echo, pongs = b"", []
        while len(echo) < size or not pongs:
            opcode, part = receive(False)
            if opcode == 10:
                pongs.append(part)
            else:
                assert opcode == 2, opcode
                echo += part
        assert echo == payload and pongs == [b"are you there"]
    send(8, struct.pack("!H", 1000) + b"done", True)
    assert receive(False) == (8, struct.pack("!H", 1000))


def server():
    class Request(http.server.BaseHTTPRequestHandler):
        def __init__(self, data):
            self.rfile = io.BytesIO(data)
            self.raw_requestline = self.rfile.readline()
            assert self.parse_request()

    request = Request(head())
    assert request.command == "GET" and request.path == "/hayate"
    assert request.headers["Upgrade"] == "websocket" and request.headers["Sec-WebSocket-Version"] == "13"
    key = request.headers["Sec-WebSocket-Key"].encode()
    assert len(base64.b64decode(key, validate=True)) == 16
    sink.write(
        b"HTTP/1.1 101 Switching Protocols\r\nserver: partner\r\nUPGRADE: WebSocket\r\n"
        b"connection: upgrade\r\nsec-websocket-accept: " + accept(key).encode() + b"\r\n"
        b"sec-websocket-protocol: hayate.1\r\n\r\n")
    sink.flush()
    pings = pongs = 0
    while True:
        opcode, payload = receive(True)
        if opcode == 8:
            assert payload == struct.pack("!H", 1000), payload
            # One may still be on its way, but none was made up.
            assert pongs <= pings
            send(8, payload, False)
            return
        if opcode == 10:
            assert payload == b"here"
            pongs += 1
            continue
        assert opcode == 2
        middle = len(payload) // 3
        send(2, payload[:middle], False, final=False)
        send(9, b"here", False)
        pings += 1
        send(0, payload[middle:], False)


{"client": client, "server": server}[sys.argv[1]]()
