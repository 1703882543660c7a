"""The sides: who does the same work, and what it took each."""
import json
import os
import resource
import select
import subprocess
import time

from bed import SCRATCH

HERE = os.path.dirname(os.path.abspath(__file__))
NODE = os.path.join(SCRATCH, "node")


class Missing(Exception):
    """A peer that is not on this machine, and why."""


class Took:
    """Seconds of wall and processor that a piece of work took: our children
    and the whole server; and the calls of the endpoint meanwhile."""

    def __init__(self, bed):
        self.bed = bed

    def __enter__(self):
        self.bed.forget_calls()
        self.children = self.ours()
        self.server = self.bed.cpu()
        self.start = time.monotonic()
        return self

    def __exit__(self, *_):
        self.wall = time.monotonic() - self.start
        # The processor time of a process that has just ended is counted once
        # the postmaster has waited for it.
        time.sleep(0.2)
        self.cpu = (self.ours() - self.children
                    + self.bed.cpu() - self.server)
        self.calls = self.bed.calls()

    @staticmethod
    def ours():
        of_children = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = resource.getrusage(resource.RUSAGE_SELF)
        return (of_children.ru_utime + of_children.ru_stime + own.ru_utime
                + own.ru_stime)


class Program:
    """A peer that is a program of its own, told what to do by arguments."""

    def __init__(self, name, command, needs=None):
        self.name = name
        self.command = command
        self.needs = needs

    def run(self, bed, what, form, inflight, lines):
        if self.needs and not os.path.exists(self.needs):
            raise Missing(f"{self.name}: {self.needs} is not there")
        bed.clear()
        environment = {
            **os.environ, "AWS_DATA_PATH": f"{SCRATCH}/src/test/emulator/models",
            "AWS_EC2_METADATA_DISABLED": "true"}
        with Took(bed) as took:
            done = subprocess.run(
                [*self.command, what, bed.url, bed.dsn, form, str(inflight)],
                input="".join(f"{tag}\t{sql}\n" for tag, sql in lines),
                text=True, capture_output=True, env=environment, check=False)
        if done.returncode != 0:
            raise Missing(f"{self.name}: {done.stderr.strip()[-300:]}")
        took.job = json.loads(done.stdout.splitlines()[-1])["job_s"]
        return took

    @staticmethod
    def committed(bed):
        """Commit time of each tag, milliseconds since the epoch."""
        return dict(bed.run(
            "SELECT tag, extract(epoch FROM pg_xact_commit_timestamp(xmin))"
            "::float8 * 1000 FROM bench_out"))


class Rsdata:
    name = "rsdata"

    def run(self, bed, what, form, inflight, lines):
        bed.clear()
        bed.run("ALTER SERVER wh OPTIONS (SET max_in_flight %s)",
                str(inflight))
        self.warm_up(bed)
        options = {"result_format": "csv", "empty_as_null": True} \
            if form == "csv" else {}
        listener = bed.connect()
        with Took(bed) as took:
            with listener.cursor() as c:
                c.execute("LISTEN rsdata")
                self.submit(c, what, lines, options)
            self.await_all(bed, listener)
        took.job = took.wall
        listener.close()
        return took

    @staticmethod
    def warm_up(bed):
        """The peers' time does not count how long they take to start."""
        bed.run("CALL rsdata_run('select 1', 'wh')")

    def submit(self, c, what, lines, options):
        """All in one transaction, as a user with many would."""
        c.execute(
            "SELECT rsdata_submit(sql, server => 'wh', label => tag, "
            "target => %s, options => %s) FROM unnest(%s::text[], "
            "%s::text[]) AS t(tag, sql)",
            ("bench_load" if what == "pages" else None,
             json.dumps(options) if options else None,
             [tag for tag, _ in lines], [sql for _, sql in lines]))
        self.submitted = [row[0] for row in c.fetchall()]

    def await_all(self, bed, listener):
        """Of ours: those of an earlier case may still be ending."""
        waiting = set(self.submitted)
        words = set()
        while waiting:
            if not select.select([listener], [], [], 120)[0]:
                raise SystemExit(f"rsdata: {len(waiting)} of "
                                 f"{len(self.submitted)} statements did not "
                                 "end")
            listener.poll()
            while listener.notifies:
                told = json.loads(listener.notifies.pop(0).payload)
                if told["id"] in waiting:
                    waiting.discard(told["id"])
                    words.add(told["status"])
        if words != {"finished"}:
            raise SystemExit(f"rsdata: ended {words}: " + str(bed.run(
                "SELECT DISTINCT error FROM rsdata.statements "
                "WHERE error IS NOT NULL")))

    @staticmethod
    def committed(bed):
        return dict(bed.run(
            "SELECT label, extract(epoch FROM pg_xact_commit_timestamp(xmin))"
            "::float8 * 1000 FROM rsdata.statement ORDER BY id"))


class Copy:
    """COPY FROM STDIN of the same rows from a file: PostgreSQL's own speed."""
    name = "psql COPY"

    def __init__(self, path):
        self.path = path

    def run(self, bed, *_):
        bed.clear()
        with Took(bed) as took:
            with open(self.path, "rb") as f, bed.db.cursor() as c:
                c.copy_expert("COPY bench_load FROM STDIN (FORMAT csv)", f,
                              size=1 << 20)
        took.job = took.wall
        return took


USUAL = Program("boto3 as usual",
                ["/usr/bin/python3", f"{HERE}/peers/python_peer.py", "usual"])
BEST = Program("boto3 at its best",
               ["/usr/bin/python3", f"{HERE}/peers/python_peer.py", "best"])
NODE_LONG = Program("JavaScript SDK", ["node", f"{NODE}/node_peer.mjs"],
                    needs=f"{NODE}/node_modules")
IDEAL = Program("minimal C client", [f"{SCRATCH}/ideal"])
RSDATA = Rsdata()
