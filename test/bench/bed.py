"""The bed of the bench: a server with rsdata, the emulator in its canned
mode, and the processor time that each side takes."""
import json
import os
import subprocess
import time
import urllib.request

import psycopg2

SCRATCH = os.environ["SCRATCH"]
BINDIR = os.environ["BINDIR"]
TICKS = os.sysconf("SC_CLK_TCK")

CONF = """
listen_addresses = ''
unix_socket_directories = '{dir}'
shared_preload_libraries = 'rsdata'
shared_buffers = 512MB
max_wal_size = 8GB
max_connections = 100
track_commit_timestamp = on
autovacuum = off
rsdata.max_in_flight = 500
log_min_messages = warning
timezone = 'UTC'
"""

# The columns of the canned result, and how many rows a page of it has.
COLUMNS = """id integer, big bigint, amount numeric(18,2), ratio double
precision, active boolean, code char(8), name varchar(64), note varchar(256),
day date, at timestamp"""
PAGE_ROWS = 5000


def stat(pid):
    """utime, stime, cutime, cstime of a process in seconds, its parent."""
    with open(f"/proc/{pid}/stat") as f:
        words = f.read().rsplit(")", 1)[1].split()
    return [int(w) / TICKS for w in words[11:15]], int(words[1])


def private_kb(pid):
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("RssAnon"):
                return int(line.split()[1])
    return 0


class Bed:
    def __init__(self):
        self.dir = os.path.join(SCRATCH, "bed")
        self.emulator = None

    def start(self):
        os.makedirs(self.dir)
        subprocess.run([f"{BINDIR}/initdb", "-D", f"{self.dir}/data", "-U",
                        "postgres", "-A", "trust", "-E", "UTF8",
                        "--locale=C.UTF-8"], check=True,
                       stdout=subprocess.DEVNULL)
        with open(f"{self.dir}/data/postgresql.conf", "a") as f:
            f.write(CONF.format(dir=self.dir))
        subprocess.run([f"{BINDIR}/pg_ctl", "-D", f"{self.dir}/data", "-l",
                        f"{self.dir}/log", "-w", "-s", "start"], check=True)
        self.dsn = f"host={self.dir} port=5432 user=postgres dbname=postgres"
        self.db = self.connect()
        self.run("CREATE EXTENSION rsdata")

    def stop(self):
        self.stop_emulator()
        subprocess.run([f"{BINDIR}/pg_ctl", "-D", f"{self.dir}/data", "-m",
                        "fast", "-w", "-s", "stop"], check=False)

    def connect(self):
        db = psycopg2.connect(self.dsn)
        db.autocommit = True
        return db

    def run(self, sql, *args):
        with self.db.cursor() as c:
            c.execute(sql, args or None)
            return c.fetchall() if c.description else None

    def value(self, sql, *args):
        return self.run(sql, *args)[0][0]

    def linger(self, how_long):
        """How long an idle worker stays, from now on."""
        self.run("ALTER SYSTEM SET rsdata.worker_linger = %s", how_long)
        self.run("SELECT pg_reload_conf()")

    # The emulator, another one for each case.

    def start_emulator(self, rows=1, latency=0):
        """Results of so many rows, replies that take so many milliseconds
        more."""
        self.stop_emulator()
        out = open(f"{self.dir}/emulator.log", "w+")
        self.emulator = subprocess.Popen(
            [f"{SCRATCH}/src/test/emulator/rsdata-emulator", "--listen",
             "127.0.0.1:0", "--canned", "--canned-listen", "127.0.0.1:0",
             "--dsn", self.dsn, "--access-key", "AKIDEXAMPLE",
             "--secret-key", "secretexample"], stdout=out, stderr=out)
        for _ in range(200):
            with open(f"{self.dir}/emulator.log") as f:
                text = f.read()
            if "listening on " in text:
                self.admin = text.split("listening on ", 1)[1].split()[0]
                self.url = text.split("canned on ", 1)[1].split()[0]
                self.steer("POST", "canned", {
                    "rows": min(rows, PAGE_ROWS),
                    "pages": max(1, rows // PAGE_ROWS),
                    "latency_ms": latency})
                return
            time.sleep(0.05)
        raise SystemExit("the emulator did not start: " + text)

    def stop_emulator(self):
        if self.emulator:
            self.emulator.terminate()
            self.emulator.wait()
            self.emulator = None

    def steer(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.admin}/_emulator/{path}", method=method,
            data=json.dumps(body).encode() if body is not None else None)
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)

    def forget_calls(self):
        self.steer("POST", "canned", {})

    def calls(self):
        """Of each operation, since they were forgotten."""
        return self.steer("GET", "canned")["calls"]

    def emulator_cpu(self):
        return sum(stat(self.emulator.pid)[0][:2])

    def new_server(self, name, **options):
        """A foreign server for the present emulator."""
        self.run(f"DROP SERVER IF EXISTS {name} CASCADE")
        options = {"region": "eu-west-1", "workgroup_name": "analytics",
                   "database": "dev", "endpoint_url": self.url,
                   "sts_endpoint_url": self.admin,
                   "quota_share": "0", "max_in_flight": "200", **options}
        words = ", ".join(f"{k} '{v}'" for k, v in options.items())
        self.run(f"CREATE SERVER {name} FOREIGN DATA WRAPPER rsdata "
                 f"OPTIONS ({words})")
        self.run(f"CREATE USER MAPPING FOR postgres SERVER {name} OPTIONS "
                 "(access_key_id 'AKIDEXAMPLE', secret_access_key "
                 "'secretexample')")

    def clear(self):
        self.run("DROP TABLE IF EXISTS bench_out, bench_load")
        self.run("CREATE TABLE bench_out (tag text, body text)")
        self.run(f"CREATE TABLE bench_load ({COLUMNS})")

    # Processes and what they take.

    def postmaster(self):
        with open(f"{self.dir}/data/postmaster.pid") as f:
            return int(f.readline())

    def children(self):
        top = self.postmaster()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                times, parent = stat(pid)
            except OSError:
                continue
            if parent == top:
                yield int(pid), times

    def pids(self):
        """Of the server's processes; none once it is down."""
        try:
            return [pid for pid, _ in self.children()]
        except FileNotFoundError:
            return []

    def cpu(self):
        """Seconds of processor that the server's processes have taken: those
        that ended are the postmaster's children times."""
        return (sum(stat(self.postmaster())[0])
                + sum(sum(times) for _, times in self.children()))

    def ours(self):
        """Of the server's processes, those of rsdata."""
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    if b"rsdata" in f.read():
                        yield pid
            except OSError:
                continue

    def backend(self, kind):
        rows = self.run("SELECT pid FROM pg_stat_activity "
                        "WHERE backend_type = %s", kind)
        return rows[0][0] if rows else None
