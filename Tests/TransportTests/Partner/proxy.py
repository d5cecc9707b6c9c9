"""A site's reverse proxy in small: passes on /hayate to a port, if the site's cookie is there.

    proxy.py PORT [CERTIFICATE KEY]     prints its own port; with a certificate it ends TLS; lives until its
                                        standard input ends
"""
import asyncio
import ssl
import sys


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def serve(reader, writer):
    try:
        head = (await reader.readuntil(b"\r\n\r\n"))[:-4].split(b"\r\n")
    except (asyncio.IncompleteReadError, OSError):
        return writer.close()
    fields = [line for line in head[1:] if not line.lower().startswith(b"host:")]
    status = None
    if head[0].split(b" ")[1] != b"/hayate":
        status = b"404 Not Found"
    elif b"Cookie: site=yes" not in fields:
        status = b"403 Forbidden"
    else:
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
        except OSError:
            status = b"502 Bad Gateway"
    if status:
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        return writer.close()
    fields += [b"host: inside", b"x-forwarded-for: 127.0.0.1"]
    up_writer.write(b"\r\n".join([head[0]] + sorted(fields)) + b"\r\n\r\n")
    await asyncio.gather(pump(reader, up_writer), pump(up_reader, writer))


async def main():
    context = None
    if len(sys.argv) > 2:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
