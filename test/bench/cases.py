"""The cases B1 to B6: what is run, in which rounds, and what is compared."""
import os
import statistics
import subprocess
import threading
import time

from bed import BINDIR, SCRATCH, private_kb
from sides import BEST, IDEAL, NODE_LONG, RSDATA, USUAL, Copy, Missing
from wire import to_the_wire


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


def calls(took, count):
    """Of each operation, for one statement."""
    short = {"ExecuteStatement": "Execute", "DescribeStatement": "Describe",
             "GetStatementResult": "GetResult",
             "GetStatementResultV2": "GetResultV2"}
    return {word + "/stmt": took.calls[op] / count
            for op, word in short.items()
            if took.calls[op] or word == "Describe"}


def others(size, *sides):
    """Those whose figures say little for their time: only if asked for."""
    return list(sides) if size.all_peers else []


def many_that_end_at_once(bed, table, size):
    """B1: statements of one row each, that finish at once."""
    lines = [(f"s{i}", "select 1") for i in range(size.jobs)]
    for delay in (0, 20):
        bed.start_emulator(latency=delay)
        bed.new_server("wh")
        sides = [RSDATA, BEST, NODE_LONG, IDEAL]
        sides += others(size, USUAL) if delay else [USUAL]

        def run(side):
            took = side.run(bed, "jobs", "json", 16, lines)
            return {**job(took), **calls(took, size.jobs)}

        rounds(bed, table, f"B1 {delay} ms", sides, run, size.rounds)


def latencies(bed, side, finish):
    late = sorted(at - finish[tag] for tag, at in side.committed(bed).items()
                  if tag in finish)
    return {"p50 ms": late[len(late) // 2], "p99 ms": late[-1 - len(late) // 100]}


def running_for_a_while(bed, table, size):
    """B2: 200 statements at once: spread over two seconds, or ending
    together; and spread, from a service that knows no long poll."""
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
        return {**latencies(bed, side, finish), "CPU s": took.cpu,
                **calls(took, n)}

    for name, spread in (("B2 spread", True), ("B2 burst", False)):
        sides = [RSDATA, BEST, NODE_LONG, IDEAL] + others(size, USUAL)
        rounds(bed, table, name, sides, lambda side: run(side, spread),
               size.rounds)
    bed.steer("POST", "canned", {"long_poll": False})
    bed.new_server("wh")
    rounds(bed, table, "B2 polled", [RSDATA, USUAL],
           lambda side: run(side, True), size.rounds)


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
        sides += [BEST] if form == "csv" else others(size, BEST, USUAL)
        rounds(bed, table, f"B3 {form}", sides,
               lambda side: run(side, form), size.rounds)


class Growth:
    """The most private memory that a process of rsdata had meanwhile, above
    what it began with, in MB."""

    def __init__(self, bed, every=0.02):
        self.bed = bed
        self.every = every
        self.first = {}
        self.most = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        while not self.over.wait(self.every):
            for pid in self.bed.ours():
                try:
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
                        "sql, timeout, token, submitted_at, deadline_at, "
                        "wait_reason, wait_detail) VALUES "
                        "(nextval('plain_id'), 10, 10, 'idle', 'select 1', "
                        "'2 h', gen_random_uuid(), now(), now() + '24 h', "
                        "'paused', 'the server''s option \"enabled\" is "
                        "off');",
    }
    bed.run("DROP SEQUENCE IF EXISTS plain_id")
    bed.run("CREATE SEQUENCE plain_id")
    for clients in (1, 8, 32):
        for _ in range(size.rounds):
            for name, script in scripts.items():
                table.add(f"B4 {clients} clients", "commits per s", name,
                          pgbench(bed, script, clients, size.seconds))
    bed.run("DELETE FROM rsdata.statement")
    bed.run("VACUUM rsdata.statement")  # there is no autovacuum
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


def wakes(pid):
    with open(f"/proc/{pid}/status") as f:
        return sum(int(line.split()[1]) for line in f
                   if "ctxt_switches" in line)


def ran_ms(pid):
    with open(f"/proc/{pid}/schedstat") as f:
        return int(f.read().split()[0]) / 1e6


def idle(bed, table, size):
    """B5: nothing to do: wake-ups and processor time of every process of
    ours that remains, or comes."""
    bed.start_emulator()
    bed.new_server("wh")
    RSDATA.run(bed, "jobs", "json", 16, [("x", "select 1")])
    while bed.backend("rsdata worker"):
        time.sleep(0.1)
    time.sleep(1)
    starts = "SELECT sum(starts) FROM rsdata_worker_status()"
    started = bed.value(starts)
    before = {pid: (wakes(pid), ran_ms(pid)) for pid in bed.ours()}
    time.sleep(size.idle)
    after = {pid: (wakes(pid), ran_ms(pid)) for pid in bed.ours()}
    for at, measure in enumerate(("wake-ups", "CPU ms")):
        table.add("B5 idle", measure, "rsdata", sum(
            now[at] - before.get(pid, (0, 0))[at]
            for pid, now in after.items()))
    table.add("B5 idle", "processes", "rsdata", len(after))
    table.add("B5 idle", "starts", "rsdata",
              float(bed.value(starts) - started))


def a_long_queue(bed, table, size):
    """B6: thousands queued, at the published quotas: 30 executes a second, of
    which 20 can have their results."""
    bed.start_emulator()
    bed.steer("POST", "rate", {"ExecuteStatement": 30})
    bed.new_server("wh", quota_share="1", max_in_flight="200")
    growth = Growth(bed, 0.5)
    lines = [(f"q{i}", "select 1") for i in range(size.queued)]
    took = RSDATA.run(bed, "jobs", "json", 200, lines)
    table.add("B6 queue", "job s", "rsdata", took.job)
    table.add("B6 queue", "job s", "the quota", size.queued / 20)
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
