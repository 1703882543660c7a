"""
TLS before a plain server of this machine, for Rsdata::Tls: a port for each
certificate; what comes through one is passed on as it is, byte by byte.

usage: tls_relay.py TARGET-PORT LOG FILE...

FILE has a key and its certificates.  Prints the ports in that order, then
serves until its standard input closes.  LOG gets a line for each connection
that came to an end of its handshake: the number of the file, and "open" or
what TLS said.
"""
import os
import socket
import ssl
import sys
import threading


def pump(source, sink):
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def note(log, number, text):
    with open(log, "a", encoding="utf-8") as out:
        out.write("%d %s\n" % (number, text))


def relay(conn, context, target, log, number):
    try:
        conn = context.wrap_socket(conn, server_side=True)
        other = socket.create_connection(("127.0.0.1", target), 10)
        other.settimeout(None)
    except OSError as error:
        note(log, number, str(error))
        conn.close()
        return
    note(log, number, "open")
    threading.Thread(target=pump, args=(other, conn), daemon=True).start()
    pump(conn, other)


def accept(listener, *rest):
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=relay, args=(conn, *rest),
                         daemon=True).start()


def main():
    target, log = int(sys.argv[1]), sys.argv[2]
    ports = []
    for number, file in enumerate(sys.argv[3:]):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        ports.append(str(listener.getsockname()[1]))
        threading.Thread(target=accept, daemon=True,
                         args=(listener, context, target, log, number)
                         ).start()
    print(" ".join(ports), flush=True)
    sys.stdin.read()
    os._exit(0)


main()
