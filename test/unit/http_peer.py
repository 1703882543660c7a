#!/usr/bin/env python3
"""A badly behaved HTTP server for t_http: what it does is named by the path.

Listens on 127.0.0.1 in the range of ports given (first last), prints the
port, then serves until its standard input closes.  With a third argument, a
file of key and certificate, a second port speaks TLS and is printed as well.
"""
import os
import socket
import ssl
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
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += conn.recv(65536)
    return head, body


def reply(conn, body, status=b"200 OK", extra=b""):
    conn.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: " +
                 str(len(body)).encode() + b"\r\n" + extra + b"\r\n" + body)


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
    elif what == "/huge":
        reply(conn, b"x" * 300000)
    elif what == "/large-head":
        reply(conn, b"", extra=b"".join(b"X-%d: %s\r\n" % (i, b"y" * 1000)
                                        for i in range(90)))
    elif what == "/garbage":
        conn.sendall(b"\x00\x01\x02 what is this\r\n\r\n")
        return False
    return True


def serve(conn):
    try:
        while True:
            request = read_request(conn)
            if request is None or not behave(conn, *request):
                break
    except OSError:
        pass
    conn.close()


def listen(first, last):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for port in range(first, last + 1):
        try:
            listener.bind(("127.0.0.1", port))
            break
        except OSError:
            continue
    listener.listen(64)
    return listener


def accept(listener, context):
    while True:
        conn, _ = listener.accept()
        try:
            if context:
                conn = context.wrap_socket(conn, server_side=True)
        except OSError:
            continue
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


def main():
    first, last = int(sys.argv[1]), int(sys.argv[2])
    contexts = [None]
    if len(sys.argv) > 3:
        contexts.append(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        contexts[1].load_cert_chain(sys.argv[3])
    ports = []
    for context in contexts:
        listener = listen(first, last)
        ports.append(str(listener.getsockname()[1]))
        threading.Thread(target=accept, args=(listener, context),
                         daemon=True).start()
    print(" ".join(ports), flush=True)
    sys.stdin.read()
    os._exit(0)


main()
