"""boto3 with psycopg2, in two ways.

usual: what a typical user writes: one statement after the other, or a thread
each where there are many at once; DescribeStatement in a loop that sleeps
for a second; rows by execute_values.

best: the best that Python does: threads that share a client, long polling,
results as CSV straight into COPY, the next page fetched while this one is
copied.

usage: python_peer.py usual|best jobs|pages URL DSN json|csv INFLIGHT
with one statement a line on standard input: its tag, a tab, its SQL.
"""
import io
import json
import queue
import sys
import threading
import time

import boto3
import botocore.config
import psycopg2
import psycopg2.extras

WAY, WHAT, URL, DSN, FORMAT, INFLIGHT = sys.argv[1:]
INFLIGHT = int(INFLIGHT)
PLACE = {"WorkgroupName": "analytics", "Database": "dev"}


def new_client():
    return boto3.client(
        "redshift-data", endpoint_url=URL, region_name="eu-west-1",
        aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secretexample",
        config=botocore.config.Config(
            max_pool_connections=INFLIGHT, parameter_validation=False,
            read_timeout=60))


client = new_client()


def run(sql):
    """Execute and wait; the id."""
    if WAY == "usual":
        id_ = client.execute_statement(Sql=sql, **PLACE)["Id"]
        while True:
            status = client.describe_statement(Id=id_)["Status"]
            if status in ("FINISHED", "FAILED", "ABORTED"):
                return id_
            time.sleep(1)
    more = {"ResultFormat": "CSV"} if FORMAT == "csv" else {}
    reply = client.execute_statement(
        Sql=sql, WaitTimeSeconds=30, **PLACE, **more)
    while reply["Status"] not in ("FINISHED", "FAILED", "ABORTED"):
        reply = client.describe_statement(Id=reply["Id"], WaitTimeSeconds=30)
    return reply["Id"]


def pages(id_):
    """The replies that hold the rows."""
    get = (client.get_statement_result_v2 if FORMAT == "csv" and WAY == "best"
           else client.get_statement_result)
    more = {}
    while True:
        reply = get(Id=id_, **more)
        yield reply
        if not reply.get("NextToken"):
            return
        more = {"NextToken": reply["NextToken"]}


def values(record):
    return tuple(None if "isNull" in f else next(iter(f.values()))
                 for f in record)


def keep_job(db, tag, sql):
    id_ = run(sql)
    body = json.dumps([p["Records"] for p in pages(id_)])
    with db, db.cursor() as cursor:
        cursor.execute("INSERT INTO bench_out VALUES (%s, %s)", (tag, body))


def work(todo, errors):
    db = psycopg2.connect(DSN)
    try:
        while True:
            tag, sql = todo.get_nowait()
            keep_job(db, tag, sql)
    except queue.Empty:
        pass
    except Exception as e:  # any: the bench must hear of it
        errors.append(e)
    finally:
        db.close()


def jobs(lines):
    todo = queue.Queue()
    errors = []
    for line in lines:
        todo.put(line)
    threads = [threading.Thread(target=work, args=(todo, errors))
               for _ in range(INFLIGHT)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if errors:
        raise errors[0]


def load_usual(db, id_):
    with db, db.cursor() as cursor:
        for page in pages(id_):
            psycopg2.extras.execute_values(
                cursor, "INSERT INTO bench_load VALUES %s",
                [values(r) for r in page["Records"]], page_size=1000)


class Ahead(io.RawIOBase):
    """The rows as a file for COPY, the next page on its way meanwhile."""

    def __init__(self, id_):
        super().__init__()
        self.pages = queue.Queue(2)
        self.rest = b""
        threading.Thread(target=self.fetch, args=(id_,), daemon=True).start()

    def fetch(self, id_):
        for page in pages(id_):
            if FORMAT == "csv":
                text = "".join(r["CSVRecords"] for r in page["Records"])
            else:
                text = "".join(
                    "\t".join("\\N" if v is None else str(v).replace("\\", "\\\\")
                              .replace("\n", "\\n").replace("\t", "\\t")
                              for v in values(r)) + "\n"
                    for r in page["Records"])
            self.pages.put(text.encode())
        self.pages.put(b"")

    def readable(self):
        return True

    def read(self, size=-1):
        if not self.rest:
            self.rest = self.pages.get()
        out, self.rest = self.rest[:size], self.rest[size:]
        return out


def load_best(db, id_):
    form = "(FORMAT csv, HEADER)" if FORMAT == "csv" else ""
    with db, db.cursor() as cursor:
        cursor.copy_expert("COPY bench_load FROM STDIN " + form, Ahead(id_),
                           size=1 << 20)


def main():
    lines = [line.rstrip("\n").split("\t", 1) for line in sys.stdin]
    start = time.monotonic()
    if WHAT == "jobs":
        jobs(lines)
    else:
        db = psycopg2.connect(DSN)
        (load_usual if WAY == "usual" else load_best)(db, run(lines[0][1]))
    print(json.dumps({"job_s": time.monotonic() - start}))


main()
