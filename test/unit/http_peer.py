#!/usr/bin/env python3
"""A badly behaved HTTP server for t_http*: what it does is named by the path.

Listens on 127.0.0.1 in the range of ports given (first last) and on ::1, and
with TLS on a port for each further argument, a file of key and certificate.
Prints the ports in that order, 0 for one that cannot be had, then serves
until its standard input closes.

Asked with CONNECT or for a whole URL it is a proxy: the user "good:p@ss" is
served, "deny" gets 403, "slow" no answer, all others 407.
"""
import base64
import gzip
import os
import socket
import ssl
import struct
import sys
import threading
import time


def read_request(conn):
    data = b""
    while b"\r\n\r\n" not in data:
        more = conn.recv(65536)
        if not more:
            return None
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    length = int(header(head, b"content-length") or 0)
    while len(body) < length:
        body += conn.recv(65536)
    return head, body


def header(head, wanted):
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == wanted:
            return value.strip()
    return None


def reply(conn, body, status=b"200 OK", extra=b""):
    conn.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: " +
                 str(len(body)).encode() + b"\r\n" + extra + b"\r\n" + body)


def reset(conn):
    """Closes with RST instead of FIN."""
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    return False


GZIP = b"Content-Encoding: gzip\r\n"


def behave(conn, head, body):
    """Answers one request; False to close the connection."""
    what = head.split(b" ")[1].split(b"?")[0].decode()
    if what == "/echo":
        reply(conn, head + b"\r\n\r\n" + body, extra=b"X-Two: a\r\nx-two: b\r\n")
    elif what == "/error":
        reply(conn, b"{}", b"400 Bad Request", b"x-amzn-RequestId: r1\r\n")
    elif what == "/redirect":
        reply(conn, b"", b"302 Found", b"Location: /echo\r\n")
    elif what == "/continue":
        conn.sendall(b"HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n")
        reply(conn, b"late")
    elif what == "/chunked":
        conn.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                     b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    elif what == "/delay":
        time.sleep(0.3)
        reply(conn, b"delayed")
    elif what == "/hang":
        time.sleep(5)
        return False
    elif what == "/cut":
        return False
    elif what == "/truncated":
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
        return False
    elif what == "/truncated-chunk":
        conn.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                     b"ff\r\nabc")
        return False
    elif what == "/cut-head":
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-")
        return False
    elif what == "/stall":
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
        time.sleep(5)
        return False
    elif what == "/reset":
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
        time.sleep(0.1)
        return reset(conn)
    elif what == "/reset-early":
        return reset(conn)
    elif what == "/huge":
        reply(conn, b"x" * 300000)
    elif what == "/large-head":
        reply(conn, b"", extra=b"".join(b"X-%d: %s\r\n" % (i, b"y" * 1000)
                                        for i in range(90)))
    elif what == "/garbage":
        conn.sendall(b"\x00\x01\x02 what is this\r\n\r\n")
        return False
    elif what == "/gzip":
        reply(conn, gzip.compress(b"plain " * 1000), extra=GZIP)
    elif what == "/gzip-bomb":
        reply(conn, gzip.compress(b"\0" * 20000000), extra=GZIP)
    elif what == "/gzip-false":
        reply(conn, b"this is no gzip", extra=GZIP)
    elif what == "/gzip-cut":
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n" + GZIP +
                     b"\r\n" + gzip.compress(os.urandom(5000))[:3000])
        return False
    elif what == "/unasked":
        reply(conn, b"unasked", extra=b"Content-Encoding: br\r\n")
    elif what == "/port":
        reply(conn, str(conn.getpeername()[1]).encode())
    elif what == "/last":
        reply(conn, str(conn.getpeername()[1]).encode())
        return False
    elif what == "/407":
        reply(conn, b"", b"407 Really", b"Proxy-Authenticate: Basic\r\n")
    return True


def proxy_user(head):
    value = header(head, b"proxy-authorization") or b""
    return base64.b64decode(value[6:]).decode().rstrip(":") if value else ""


def pump(source, sink):
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def tunnel(conn, target):
    host, _, port = target.rpartition(":")
    try:
        other = socket.create_connection((host.strip("[]"), int(port)), 2)
    except OSError:
        reply(conn, b"", b"502 Bad Gateway")
        return
    conn.sendall(b"HTTP/1.1 200 Connection established\r\nX-Early: 1\r\n\r\n")
    threading.Thread(target=pump, args=(other, conn), daemon=True).start()
    pump(conn, other)
    other.close()


def be_proxy(conn, head, body):
    method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
    user = proxy_user(head)
    if user == "deny":
        reply(conn, b"", b"403 Forbidden")
    elif user == "slow":
        time.sleep(5)
    elif user != "good:p@ss":
        reply(conn, b"", b"407 Proxy Authentication Required",
              b"Proxy-Authenticate: Basic realm=\"x\"\r\n")
    elif method == "CONNECT":
        tunnel(conn, target)
    else:
        reply(conn, head + b"\r\n\r\n" + body)
    return False


def serve(conn):
    try:
        while True:
            request = read_request(conn)
            if request is None:
                break
            line = request[0].split(b"\r\n")[0]
            what = be_proxy if b"://" in line or line.startswith(b"CONNECT") \
                else behave
            if not what(conn, *request):
                break
    except OSError:
        pass
    conn.close()


def listen(family, host, first, last):
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for port in range(first, last + 1):
        try:
            listener.bind((host, port))
            listener.listen(64)
            return listener
        except OSError:
            continue
    return None


def greet(conn, context):
    try:
        if context:
            conn = context.wrap_socket(conn, server_side=True)
    except OSError:
        conn.close()
        return
    serve(conn)


def accept(listener, context):
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=greet, args=(conn, context),
                         daemon=True).start()


def context_of(file):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def start(family, host, first, last, file=None):
    """Listens; the port, or 0."""
    try:
        context = context_of(file) if file else None
        listener = listen(family, host, first, last)
    except OSError:
        return 0
    if listener is None:
        return 0
    threading.Thread(target=accept, args=(listener, context),
                     daemon=True).start()
    return listener.getsockname()[1]


def main():
    first, last = int(sys.argv[1]), int(sys.argv[2])
    ports = [start(socket.AF_INET, "127.0.0.1", first, last),
             start(socket.AF_INET6, "::1", first, last)]
    ports += [start(socket.AF_INET, "127.0.0.1", first, last, file)
              for file in sys.argv[3:]]
    print(" ".join(map(str, ports)), flush=True)
    sys.stdin.read()
    os._exit(0)


main()
