"""B4's second half: from a commit to the request on the wire, and from the
commit of the rows to the listener's ear.

Both begin with the time stamp of the commit itself, as the server keeps it
(taken just before the commit is flushed).  The endpoint notes when a request
came; a listener's time is when this program has read the notification.
"""
import json
import select
import statistics
import subprocess
import time

from bed import SCRATCH

STAMP = "extract(epoch FROM pg_xact_commit_timestamp({}))::float8 * 1000"


class Ear:
    """A connection that listens."""

    def __init__(self, bed, channel):
        self.db = bed.connect()
        with self.db.cursor() as c:
            c.execute(f"LISTEN {channel}")

    def hear(self, wanted):
        """Milliseconds since the epoch at which a payload came that is
        wanted."""
        while True:
            if not select.select([self.db], [], [], 60)[0]:
                raise SystemExit("no notification came")
            self.db.poll()
            at = time.time() * 1000
            while self.db.notifies:
                if wanted(self.db.notifies.pop(0).payload):
                    return at

    def close(self):
        self.db.close()


def arrived(bed):
    """When the last ExecuteStatement came, and how many have."""
    canned = bed.steer("GET", "canned")
    return (canned["calls"]["ExecuteStatement"],
            canned["arrived_us"]["ExecuteStatement"] / 1000)


def one(bed, ear):
    """One statement: from its commit to the wire, and from that of its rows
    to the ear, in milliseconds."""
    before, _ = arrived(bed)
    id_, xid = bed.run("SELECT rsdata_submit('select 1', server => 'wh'), "
                       "pg_current_xact_id()::xid")[0]
    heard = ear.hear(lambda payload: json.loads(payload)["id"] == id_)
    count, at = arrived(bed)
    if count != before + 1:
        raise SystemExit(f"{count - before} requests for one statement")
    submitted = bed.value("SELECT " + STAMP.format("%s::xid"), str(xid))
    ended = bed.value("SELECT " + STAMP.format("xmin")
                      + " FROM rsdata.statement WHERE id = %s", id_)
    return at - submitted, heard - ended


def by_hand(bed, ear, pause):
    """The same of a row and a notification that nobody had to work for."""
    time.sleep(pause)
    bed.run("INSERT INTO bench_out VALUES ('hand'); NOTIFY hand, 'x'")
    heard = ear.hear(lambda payload: payload == "x")
    ended = bed.value("SELECT " + STAMP.format("xmin") + " FROM bench_out")
    bed.run("DELETE FROM bench_out")
    return heard - ended


class Queue:
    """The minimal client behind a queue that is a table: it listens, takes a
    row and sends it, and does nothing else."""

    def __init__(self, bed):
        bed.run("DROP TABLE IF EXISTS bench_queue")
        bed.run("CREATE TABLE bench_queue (id bigint GENERATED ALWAYS AS "
                "IDENTITY, sql text, taken boolean DEFAULT false)")
        bed.run("CREATE INDEX ON bench_queue (id) WHERE NOT taken")
        self.program = subprocess.Popen(
            [f"{SCRATCH}/ideal", "queue", bed.url, bed.dsn, "json", "1"],
            stdin=subprocess.DEVNULL)
        while not bed.value("SELECT count(*) FROM pg_stat_activity "
                            "WHERE query = 'LISTEN bench_queue'"):
            time.sleep(0.05)
        time.sleep(0.2)

    def one(self, bed):
        """From the commit to the wire, in milliseconds."""
        before, _ = arrived(bed)
        xid = bed.run("INSERT INTO bench_queue (sql) VALUES ('select 1'); "
                      "NOTIFY bench_queue; "
                      "SELECT pg_current_xact_id()::xid")[0][0]
        time.sleep(0.02)
        count, at = arrived(bed)
        if count != before + 1:
            raise SystemExit(f"{count - before} requests of the minimal "
                             "client for one row")
        return at - bed.value("SELECT " + STAMP.format("%s::xid"), str(xid))

    def close(self):
        self.program.kill()
        self.program.wait()


def sample(bed, table, name, count, pause=0.02):
    ear = Ear(bed, "rsdata")
    late = []
    for _ in range(count):
        late.append(one(bed, ear))
        time.sleep(pause)
    ear.close()
    queue = Queue(bed)
    table.add("B4 to the wire", name + " ms", "minimal C client",
              statistics.median(queue.one(bed) for _ in range(count)))
    queue.close()
    table.add("B4 to the wire", name + " ms", "rsdata",
              statistics.median(wire for wire, _ in late))
    table.add("B4 to the ear", name + " ms", "rsdata",
              statistics.median(told for _, told in late))
    hand = Ear(bed, "hand")
    table.add("B4 to the ear", name + " ms", "NOTIFY by hand",
              statistics.median(by_hand(bed, hand, pause)
                                for _ in range(count)))
    hand.close()


def cold(bed, table, count):
    """The worker is not there and must be started."""
    bed.linger("2s")
    ear = Ear(bed, "rsdata")
    late = []
    for _ in range(count):
        while bed.backend("rsdata worker"):
            time.sleep(0.1)
        late.append(one(bed, ear)[0])
    ear.close()
    bed.linger("60s")
    table.add("B4 to the wire", "no worker ms", "rsdata",
              statistics.median(late))


def to_the_wire(bed, table, size):
    """The worker is idle; not there; has two hundred statements in hand."""
    bed.clear()
    bed.start_emulator()
    bed.new_server("wh", max_in_flight="500")
    bed.run("CALL rsdata_run('select 1', 'wh')")
    sample(bed, table, "idle", size.samples)
    cold(bed, table, 1 + size.samples // 10)
    until = int(time.time() * 1000 + 10000 + 300 * size.samples)
    bed.run("SELECT count(rsdata_submit(%s, server => 'wh')) "
            "FROM generate_series(1, 200)", f"select 1 /* until={until} */")
    while bed.calls()["DescribeStatement"] < 200:
        time.sleep(0.1)
    sample(bed, table, "under load", size.samples)
    while bed.value("SELECT count(*) FROM rsdata.statements "
                    "WHERE finished_at IS NULL"):
        time.sleep(0.1)
