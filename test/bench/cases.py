"""The cases B1 to B6: what is run, in which rounds, and what is compared."""
import os
import statistics
import subprocess
import threading
import time

from bed import BINDIR, SCRATCH, private_kb
from sides import BEST, IDEAL, NODE_LONG, RSDATA, USUAL, Copy, Missing


class Table:
    """Figures by case, measure and side: a list each, of all rounds."""

    def __init__(self):
        self.rows = {}
        self.missing = {}

    def add(self, case, measure, side, value):
        self.rows.setdefault((case, measure), {}).setdefault(
            side, []).append(value)

    def median(self, case, measure, side):
        values = self.rows.get((case, measure), {}).get(side)
        return statistics.median(values) if values else None


def rounds(bed, table, case, sides, run, count):
    """Side after side, round after round, so that all meet the same
    minutes; run(side) returns {measure: value}."""
    for _ in range(count):
        for side in sides:
            if side.name in table.missing:
                continue
            try:
                for measure, value in run(side).items():
                    table.add(case, measure, side.name, value)
            except Missing as e:
                table.missing[side.name] = str(e)


def job(took):
    return {"job s": took.job, "CPU s": took.cpu}


def many_that_end_at_once(bed, table, size):
    """B1: statements of one row each, that finish at once."""
    lines = [(f"s{i}", "select 1") for i in range(size.jobs)]
    for delay in (0, 20):
        bed.start_emulator(latency=delay)
        bed.new_server("wh")
        sides = [RSDATA, BEST, NODE_LONG, IDEAL] + ([] if delay else [USUAL])
        rounds(bed, table, f"B1 {delay} ms", sides,
               lambda side: job(side.run(bed, "jobs", "json", 16, lines)),
               size.rounds)


def latencies(bed, side, finish):
    late = sorted(at - finish[tag] for tag, at in side.committed(bed).items()
                  if tag in finish)
    return {"p50 ms": late[len(late) // 2], "p99 ms": late[-1 - len(late) // 100]}


def running_for_a_while(bed, table, size):
    """B2: 200 statements at once: spread over two seconds, or ending
    together."""
    bed.start_emulator(rows=10)
    bed.new_server("wh")
    serial = iter(range(1000000))

    def run(side, spread):
        start = time.time() * 1000 + 4000
        n = size.running
        finish = {}
        for i in range(n):
            at = int(start + (2000 * i / n if spread else 1000))
            finish[f"r{next(serial)}"] = at
        took = side.run(bed, "jobs", "json", n,
                        [(tag, f"select 1 /* until={at} */")
                         for tag, at in finish.items()])
        return {**latencies(bed, side, finish), "CPU s": took.cpu}

    for name, spread in (("B2 spread", True), ("B2 burst", False)):
        sides = [RSDATA, BEST, NODE_LONG, IDEAL]
        rounds(bed, table, name, sides, lambda side: run(side, spread),
               size.rounds)


def copy_file(bed):
    """The rows of the large result as a file for COPY."""
    path = os.path.join(SCRATCH, "rows.csv")
    with open(path, "w") as f, bed.db.cursor() as c:
        c.copy_expert("COPY bench_load TO STDOUT (FORMAT csv)", f)
    return path


def one_large_result(bed, table, size):
    """B3: one statement, many rows of ten columns, into a table."""
    bed.start_emulator(rows=size.rows)
    bed.new_server("wh")
    lines = [("large", "select * from large")]

    def run(side, form):
        growth = Growth(bed) if side is RSDATA else None
        took = side.run(bed, "pages", form, 1, lines)
        count = bed.value("SELECT count(*) FROM bench_load")
        if count != size.rows:
            raise SystemExit(f"{side.name}: {count} rows of {size.rows}")
        figures = job(took)
        if growth:
            figures["private MB"] = growth.stop()
        return figures

    RSDATA.run(bed, "pages", "json", 1, lines)
    copy = Copy(copy_file(bed))
    for form in ("csv", "json"):
        sides = [RSDATA, NODE_LONG, IDEAL, copy]
        sides.insert(1, BEST) if form == "csv" or size.all_peers else None
        rounds(bed, table, f"B3 {form}", sides,
               lambda side: run(side, form), size.rounds)


class Growth:
    """The most private memory that a process of rsdata had meanwhile, above
    what it began with, in MB."""

    def __init__(self, bed):
        self.bed = bed
        self.first = {}
        self.most = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        while not self.over.wait(0.02):
            for pid in self.bed.pids():
                try:
                    with open(f"/proc/{pid}/cmdline", "rb") as f:
                        if b"rsdata" not in f.read():
                            continue
                    now = private_kb(pid) / 1024
                except OSError:
                    continue
                self.first.setdefault(pid, now)
                self.most = max(self.most, now - self.first[pid])

    def stop(self):
        self.over.set()
        self.thread.join()
        return self.most


def submits(bed, table, size):
    """B4: commits per second with rsdata_submit, and with an INSERT of the
    same row; and from the commit to the request on the wire."""
    bed.start_emulator()
    bed.new_server("idle", enabled="off")
    bed.run("DROP TABLE IF EXISTS plain")
    bed.run("CREATE TABLE plain (LIKE rsdata.statement INCLUDING ALL)")
    bed.run("ALTER TABLE plain ALTER id DROP IDENTITY IF EXISTS")
    scripts = {
        "rsdata": "SELECT rsdata_submit('select 1', server => 'idle');",
        "plain INSERT": "INSERT INTO plain (id, owner, server, server_name, "
                        "sql, token) VALUES (nextval('plain_id'), 10, 10, "
                        "'idle', 'select 1', gen_random_uuid());",
    }
    bed.run("DROP SEQUENCE IF EXISTS plain_id")
    bed.run("CREATE SEQUENCE plain_id")
    for clients in (1, 8, 32):
        for _ in range(size.rounds):
            for name, script in scripts.items():
                table.add(f"B4 {clients} clients", "commits per s", name,
                          pgbench(bed, script, clients, size.seconds))
    bed.run("DELETE FROM rsdata.statement")
    to_the_wire(bed, table, size)


def pgbench(bed, script, clients, seconds):
    path = os.path.join(SCRATCH, "script.sql")
    with open(path, "w") as f:
        f.write(script)
    out = subprocess.run(
        [f"{BINDIR}/pgbench", "-n", "-f", path, "-c", str(clients), "-j", "2",
         "-T", str(seconds), "-h", bed.dir, "-U", "postgres", "postgres"],
        check=True, capture_output=True, text=True).stdout
    return float(out.split("tps = ")[1].split()[0])


def executed(bed):
    return bed.steer("GET", "canned")["calls"]["ExecuteStatement"]


def to_the_wire(bed, table, size):
    """Submit, and see when the emulator was asked; the worker has nothing
    else to do, or two hundred statements in hand."""
    for name, load in (("idle", 0), ("under load", 200)):
        bed.start_emulator()
        bed.new_server("wh", max_in_flight="500")
        until = int(time.time() * 1000 + 3600000)
        for _ in range(load):
            bed.run("SELECT rsdata_submit(%s, server => 'wh')",
                    f"select 1 /* until={until} */")
        while bed.value("SELECT count(*) FROM rsdata.statements "
                        "WHERE status IN ('queued', 'submitting')"):
            time.sleep(0.1)
        late = []
        for _ in range(size.samples):
            before = executed(bed)
            bed.run("SELECT rsdata_submit('select 1', server => 'wh')")
            committed = time.time()
            while executed(bed) == before:
                pass
            late.append((time.time() - committed) * 1000)
            time.sleep(0.05)
        table.add("B4 commit to wire", name + " p50 ms", "rsdata",
                  statistics.median(late))
        bed.run("SELECT rsdata_cancel(id) FROM rsdata.statements "
                "WHERE finished_at IS NULL")


def idle(bed, table, size):
    """B5: nothing to do: wake-ups and processor of what remains."""
    bed.start_emulator()
    bed.new_server("wh")
    RSDATA.run(bed, "jobs", "json", 16, [("x", "select 1")])
    while bed.backend("rsdata worker"):
        time.sleep(0.1)
    launcher = bed.backend("rsdata launcher")
    time.sleep(1)

    def wakes():
        with open(f"/proc/{launcher}/status") as f:
            return sum(int(line.split()[1]) for line in f
                       if "ctxt_switches" in line)

    before = wakes()
    with open(f"/proc/{launcher}/schedstat") as f:
        ran = int(f.read().split()[0])
    time.sleep(size.idle)
    with open(f"/proc/{launcher}/schedstat") as f:
        ran = int(f.read().split()[0]) - ran
    table.add("B5 idle", "wake-ups", "rsdata", wakes() - before)
    table.add("B5 idle", "CPU ms", "rsdata", ran / 1e6)
    table.add("B5 idle", "workers", "rsdata",
              0 if bed.backend("rsdata worker") is None else 1)


def a_long_queue(bed, table, size):
    """B6: thousands queued, at the published quota of 30 a second."""
    bed.start_emulator()
    bed.new_server("wh", quota_share="1", max_in_flight="200")
    growth = Growth(bed)
    lines = [(f"q{i}", "select 1") for i in range(size.queued)]
    took = RSDATA.run(bed, "jobs", "json", 200, lines)
    table.add("B6 queue", "job s", "rsdata", took.job)
    table.add("B6 queue", "job s", "the quota", size.queued / 30)
    table.add("B6 queue", "CPU s", "rsdata", took.cpu)
    table.add("B6 queue", "private MB", "rsdata", growth.stop())


CASES = {
    "B1": many_that_end_at_once,
    "B2": running_for_a_while,
    "B3": one_large_result,
    "B4": submits,
    "B5": idle,
    "B6": a_long_queue,
}
