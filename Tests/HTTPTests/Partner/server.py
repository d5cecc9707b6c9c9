"""A web server that does as its path says, on the standard library alone.

    server.py                     http on 127.0.0.1
    server.py v6                  http on ::1
    server.py tls CERTIFICATE KEY https on 127.0.0.1

Prints its port, then a line for each request that it got whole; ends with its standard input.
"""
import os
import socket
import ssl
import sys
import threading
import time

mode = sys.argv[1] if len(sys.argv) > 1 else "plain"
family, address = (socket.AF_INET6, "::1") if mode == "v6" else (socket.AF_INET, "127.0.0.1")
context = None
if mode == "tls":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
listener = socket.socket(family, socket.SOCK_STREAM)
listener.bind((address, 0))
listener.listen(64)
print(listener.getsockname()[1], flush=True)


def head(status, *headers):
    return ("HTTP/1.1 %s\r\n" % status + "".join(h + "\r\n" for h in headers) + "\r\n").encode()


def read(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
        if data[0] == 0x16:  # A TLS handshake: as web servers answer it.
            connection.sendall(head("400 Bad Request", "Content-Length: 0"))
            return None
    top, _, body = data.partition(b"\r\n\r\n")
    lines = top.decode().split("\r\n")
    fields = {k.lower(): v.strip() for k, v in (l.split(":", 1) for l in lines[1:])}
    while len(body) < int(fields.get("content-length", 0)):
        body += connection.recv(65536)
    return lines, fields, body


def answer(connection):
    request = read(connection)
    if request is None:
        return
    lines, fields, body = request
    path = lines[0].split()[1]
    print(lines[0], flush=True)
    if path == "/echo":
        text = "\n".join(lines).encode() + b"\n\n" + body
        connection.sendall(head("200 OK", "Content-Length: %d" % len(text), "X-Kind: echo") + text)
    elif path == "/missing":
        connection.sendall(head("404 Not Found", "Content-Length: 13") + b"nothing there")
    elif path == "/moved":
        connection.sendall(head("302 Found", "Location: /echo?token=t0psecret", "Content-Length: 0"))
    elif path == "/empty":
        connection.sendall(head("204 No Content"))
    elif path == "/continue":
        connection.sendall(head("100 Continue") + head("200 OK", "Content-Length: 2") + b"ok")
    elif path == "/chunked":
        text = head("200 OK", "Transfer-Encoding: chunked")
        for count in (1, 16, 4096, 70000):
            text += b"%x;note=1\r\n" % count + b"x" * count + b"\r\n"
        # In pieces that do not end where chunks do.
        text += b"0\r\nX-Trailer: 1\r\n\r\n"
        for start in range(0, len(text), 1000):
            connection.sendall(text[start:start + 1000])
    elif path == "/untilend":
        connection.sendall(head("200 OK", "Connection: close") + b"y" * 5000)
    elif path == "/huge":
        connection.sendall(head("200 OK", "Content-Length: 9000000"))
        try:
            for _ in range(9):
                connection.sendall(b"z" * 1000000)
        except OSError:
            pass
    elif path == "/hugechunks":
        connection.sendall(head("200 OK", "Transfer-Encoding: chunked"))
        try:
            while True:
                connection.sendall(b"10000\r\n" + b"z" * 65536 + b"\r\n")
        except OSError:
            pass
    elif path == "/cut":
        connection.sendall(head("200 OK", "Content-Length: 100") + b"half")
    elif path == "/cutchunk":
        connection.sendall(head("200 OK", "Transfer-Encoding: chunked") + b"64\r\nhalf")
    elif path == "/cutend":
        connection.sendall(head("200 OK") + b"half")
        # No goodbye of TLS.
        os.close(os.dup(connection.fileno()))
        connection.shutdown(socket.SHUT_RDWR)
    elif path == "/gzip":
        connection.sendall(head("200 OK", "Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n")
    elif path == "/garbage":
        connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    elif path == "/headers":
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 1000000)
        except OSError:
            pass
    elif path == "/silent":
        connection.recv(1)  # until the other side has gone
    elif path == "/slow":
        connection.sendall(head("200 OK", "Content-Length: 100000"))
        try:
            for _ in range(100000):
                connection.sendall(b".")
                time.sleep(0.05)
        except OSError:
            pass


def serve(connection):
    try:
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        answer(connection)
        if context:
            connection = connection.unwrap()
    except (OSError, ValueError):
        pass
    finally:
        connection.close()


def accept():
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


threading.Thread(target=accept, daemon=True).start()
sys.stdin.read()
