"""The canned mode through boto3: part of clients.sh.

usage: clients_canned.py URL TOPIC CANNED

CANNED is the URL of the second way in, for canned replies only.  Prints TAP
lines without numbers; exits 0 unless it breaks down itself.
"""
import sys
import time
import urllib.error

import boto3

from clients_lib import (DATA, PLACE, UNKNOWN_ID, error_of, execute, is_,
                         steer)

FAST = boto3.client("redshift-data", endpoint_url=sys.argv[3])


def pages(operation, statement):
    return list(DATA.get_paginator(operation).paginate(Id=statement["Id"]))


def canned(**wish):
    steer("POST", "canned", wish)


def test_results():
    canned(on=True, rows=3, pages=2)
    made = execute("select whatever")
    found = pages("get_statement_result", made)
    rows = [row for page in found for row in page["Records"]]
    is_("canned: a statement and its rows", (
        made["Status"], made["HasResultSet"], len(found), len(rows),
        found[0]["TotalNumRows"]), ("FINISHED", True, 2, 6, 6))
    is_("canned: a row is as its columns say", (
        len(found[0]["ColumnMetadata"]), len(rows[0]),
        found[0]["ColumnMetadata"][2]["typeName"], list(rows[0][2])),
        (10, 10, "numeric", ["stringValue"]))
    made = execute("select whatever", ResultFormat="CSV")
    lines = [record["CSVRecords"].split("\r\n")[:-1]
             for page in pages("get_statement_result_v2", made)
             for record in page["Records"]]
    is_("canned: CSV with a header", (
        [len(chunk) for chunk in lines], lines[0][0].count(","),
        lines[0][1:] == lines[1]), ([4, 3], 9, True))
    described = DATA.describe_statement(Id=made["Id"])
    is_("canned: described", (
        described["Status"], described["ResultRows"],
        described["ResultFormat"]), ("FINISHED", 6, "CSV"))
    canned(rows=0)
    is_("canned: no rows, no result",
        execute("create")["HasResultSet"], False)


def test_time():
    canned(rows=1, duration_ms=60000)
    made = execute("select whatever", wait=1)
    is_("canned: a statement that takes its time", (
        made["Status"], DATA.describe_statement(Id=made["Id"])["Status"],
        error_of(DATA.get_statement_result, Id=made["Id"])[0]),
        ("STARTED", "STARTED", "ResourceNotFoundException"))
    is_("canned: cancel is accepted", DATA.cancel_statement(
        Id=made["Id"])["Status"], True)
    canned(duration_ms=0, duration_max_ms=5)
    is_("canned: a statement that soon ends", execute(
        "select whatever")["Status"], "FINISHED")
    calls = steer("GET", "canned")["calls"]
    is_("canned: calls are counted", (
        calls["ExecuteStatement"], calls["DescribeStatement"]), (1, 0))


def test_no_long_poll():
    canned(duration_ms=60000, long_poll=False)
    made = execute("select whatever")
    is_("canned: no long poll", (
        "Status" in made,
        DATA.describe_statement(Id=made["Id"], WaitTimeSeconds=20)["Status"]),
        (False, "STARTED"))
    canned(long_poll=True)


def test_fast():
    canned(rows=3000, pages=2, duration_ms=0, duration_max_ms=0)
    made = FAST.execute_statement(Sql="x" * 90000, WaitTimeSeconds=1, **PLACE)
    found = list(FAST.get_paginator("get_statement_result").paginate(
        Id=made["Id"]))
    is_("canned, fast: a statement and its large pages", (
        made["Status"], [len(page["Records"]) for page in found]),
        ("FINISHED", [3000, 3000]))
    until = time.time() + 1
    made = FAST.execute_statement(
        Sql="/* until=%d */" % (until * 1000), **PLACE)
    is_("canned, fast: a statement that takes its time", FAST.
        describe_statement(Id=made["Id"])["Status"], "STARTED")
    is_("canned, fast: a long poll ends with the statement", (
        FAST.describe_statement(Id=made["Id"], WaitTimeSeconds=20)["Status"],
        time.time() > until - 0.01), ("FINISHED", True))
    arrived = steer("GET", "canned")["arrived_us"]["ExecuteStatement"]
    is_("canned, fast: when a call came", abs(
        arrived / 1e6 - until + 1) < 60, True)
    is_("canned, fast: errors", (
        error_of(FAST.describe_statement, Id=UNKNOWN_ID)[0],
        error_of(FAST.list_databases, **PLACE)[0]),
        ("ResourceNotFoundException", "UnknownOperationException"))


def test_refusals():
    is_("canned: an id of another", error_of(
        DATA.describe_statement, Id=UNKNOWN_ID)[0],
        "ResourceNotFoundException")
    for wish in ({"rows": -1}, {"pages": 0}, {"oops": 1}, {"rows": "1"},
                 {"duration_ms": 9, "duration_max_ms": 8}, []):
        try:
            steer("POST", "canned", wish)
            code = 200
        except urllib.error.HTTPError as error:
            code = error.code
        is_("canned: refused: %r" % wish, code, 400)
    canned(on=False)
    is_("canned: off again", execute("selec")["Status"], "FAILED")


for test in (test_results, test_time, test_no_long_poll, test_fast,
             test_refusals):
    test()
