"""Batches through boto3 against the emulator: part of clients.sh.

usage: clients_batch.py URL TOPIC

Prints TAP lines without numbers; exits 0 unless it breaks down itself.
"""
import json
import threading

from clients_lib import (
    DATA, NO_RESULT, PLACE, error_of, execute, is_, raw, rows_of, signed,
    steer)

ABORTED = "Connection or an prior query failed."


def batch(sqls, wait=20, **more):
    if wait:
        more["WaitTimeSeconds"] = wait
    return DATA.batch_execute_statement(Sqls=sqls, **dict(PLACE, **more))


def parts_of(described):
    return [part["Status"] for part in described["SubStatements"]]


def describe(statement, **more):
    return DATA.describe_statement(Id=statement["Id"], **more)


def test_good():
    execute("drop table if exists emu_batch")
    made = batch(["create table emu_batch (i int)",
                  "insert into emu_batch values (1), (2)",
                  "select i from emu_batch order by i", "select 'x'"])
    is_("a batch that waited tells its end",
        (made["Status"], made["HasResultSet"]), ("FINISHED", True))
    described = describe(made)
    is_("the whole: mode, sums, no SQL of its own",
        [described.get(m) for m in
         ("Status", "ExecutionMode", "ResultRows", "ResultSize",
          "HasResultSet", "RedshiftQueryId", "QueryString", "Error")],
        ["FINISHED", "TRANSACTION", 5, 3, True, 0, None, None])
    is_("its parts", [
        (part["Id"], part["Status"], part["HasResultSet"],
         part["ResultRows"], part["QueryString"][:6])
        for part in described["SubStatements"]], [
            (made["Id"] + ":1", "FINISHED", False, -1, "create"),
            (made["Id"] + ":2", "FINISHED", False, 2, "insert"),
            (made["Id"] + ":3", "FINISHED", True, 2, "select"),
            (made["Id"] + ":4", "FINISHED", True, 1, "select")])
    one = DATA.describe_statement(Id=made["Id"] + ":3")
    is_("a part's id describes the whole with that part alone",
        (one["Id"], [p["Id"] for p in one["SubStatements"]]),
        (made["Id"], [made["Id"] + ":3"]))
    is_("a part's result", rows_of({"Id": made["Id"] + ":3"}), [[1], [2]])
    is_("a part without a result",
        error_of(DATA.get_statement_result, Id=made["Id"] + ":1"),
        ("ResourceNotFoundException", NO_RESULT, 400))
    is_("the whole has no result to get",
        error_of(DATA.get_statement_result, Id=made["Id"])[0],
        "ValidationException")
    for suffix in (":0", ":5", ":"):
        is_("there is no part " + suffix, error_of(
            DATA.describe_statement, Id=made["Id"] + suffix)[:2],
            ("ResourceNotFoundException", "Query does not exist."))
    runs = [e["sql"][:6] for e in steer("GET", "ledger")["executions"]
            if e["id"].startswith(made["Id"])]
    is_("the ledger has each part once", runs,
        ["create", "insert", "select", "select"])


def test_transaction():
    failed = batch(["insert into emu_batch values (3)", "select 1/0",
                    "insert into emu_batch values (4)"])
    is_("a failing transaction", failed["Status"], "FAILED")
    described = describe(failed)
    is_("... says which part", described["Error"],
        "Query #2 failed with ERROR: division by zero")
    is_("... and its parts", parts_of(described),
        ["FINISHED", "FAILED", "ABORTED"])
    is_("... with their errors",
        [p.get("Error") for p in described["SubStatements"]],
        [None, "ERROR: division by zero", ABORTED])
    is_("... and leaves nothing behind",
        rows_of(execute("select count(*) from emu_batch")), [[2]])
    execute("create table if not exists emu_batch_deferred (i int unique "
            "deferrable initially deferred)")
    late = batch(["insert into emu_batch_deferred values (1)",
                  "insert into emu_batch_deferred values (1)"])
    described = describe(late)
    is_("a transaction that fails at its end",
        (described["Status"], "duplicate key" in described["Error"]),
        ("FAILED", True))
    execute("drop table emu_batch_deferred")


def test_auto_commit():
    mixed = batch(["insert into emu_batch values (5)", "select 1/0",
                   "select count(*) from emu_batch"],
                  ExecutionMode="AUTO_COMMIT")
    described = describe(mixed)
    is_("auto commit: the whole failed, without an error of its own",
        (described["Status"], described.get("Error"),
         described["ExecutionMode"]), ("FAILED", None, "AUTO_COMMIT"))
    is_("auto commit: parts go on after a failure", parts_of(described),
        ["FINISHED", "FAILED", "FINISHED"])
    is_("auto commit: the result of a part that finished",
        rows_of({"Id": mixed["Id"] + ":3"}), [[3]])
    batch(["begin", "insert into emu_batch values (6)", "rollback"],
          ExecutionMode="AUTO_COMMIT")
    is_("auto commit: a transaction of one's own",
        rows_of(execute("select count(*) from emu_batch")), [[3]])
    kept = batch(["set application_name = 'kept'",
                  "select current_setting('application_name')"],
                 ExecutionMode="AUTO_COMMIT")
    is_("auto commit: one connection for all",
        rows_of({"Id": kept["Id"] + ":2"}), [["kept"]])


def test_waiting():
    slow = batch(["select 1", "select pg_sleep(30)", "select 2"], wait=None)
    is_("a part's id waits for that part", [
        p["Status"] for p in DATA.describe_statement(
            Id=slow["Id"] + ":1", WaitTimeSeconds=20)["SubStatements"]],
        ["FINISHED"])
    is_("... whose result is there already", rows_of(
        {"Id": slow["Id"] + ":1"}), [[1]])
    is_("the whole is at work", describe(slow)["Status"], "STARTED")
    is_("a waiting result of a part that comes too late", error_of(
        DATA.get_statement_result, Id=slow["Id"] + ":2",
        WaitTimeSeconds=1)[:2], ("ResourceNotFoundException", NO_RESULT))
    ended = []
    thread = threading.Thread(target=lambda: ended.append(
        describe(slow, WaitTimeSeconds=30)))
    thread.start()
    DATA.cancel_statement(Id=slow["Id"])
    thread.join()
    is_("cancelled: the whole and its parts",
        (ended[0]["Status"], parts_of(ended[0])[1:]),
        ("ABORTED", ["ABORTED", "ABORTED"]))


def test_parameters():
    shared = batch(["select :a::int", "select :a::int + :b", "select 1"],
                   Parameters=[{"name": "a", "value": "40"},
                               {"name": "b", "value": "2"}])
    is_("parts share the parameters", [
        rows_of({"Id": "%s:%d" % (shared["Id"], n)}) for n in (1, 2, 3)],
        [[[40]], [[42]], [[1]]])
    is_("they are described", describe(shared)["QueryParameters"],
        [{"name": "a", "value": "40"}, {"name": "b", "value": "2"}])
    is_("a parameter that no part uses", error_of(
        batch, ["select 1", "select :a"],
        Parameters=[{"name": "a", "value": "1"},
                    {"name": "b", "value": "2"}])[1],
        "Parameters list contains unused parameters. Unused parameters: "
        "[b]")


def refusal(**members):
    return raw(signed(json.dumps(dict(PLACE, **members)),
                      target="RedshiftData.BatchExecuteStatement"))


def test_refusals():
    for name, members in (
            ("no parts", {"Sqls": []}), ("no list of parts", {}),
            ("41 parts", {"Sqls": ["select 1"] * 41}),
            ("a part without SQL", {"Sqls": ["select 1", " "]}),
            ("a part that is no text", {"Sqls": [1]}),
            ("an unknown mode", {"Sqls": ["select 1"],
                                 "ExecutionMode": "SOMEHOW"})):
        is_("refused: " + name, refusal(**members),
            (400, "ValidationException"))
    most = batch(["select %d" % n for n in range(40)])
    is_("40 parts are not too many", rows_of({"Id": most["Id"] + ":40"}),
        [[39]])


def test_tokens():
    first = batch(["select 1", "select 2"], ClientToken="batch-1",
                  WithEvent=True)
    again = batch(["select 1", "select 2"], ClientToken="batch-1")
    is_("a batch's token gives the same batch", again["Id"], first["Id"])
    runs = [e for e in steer("GET", "ledger")["executions"]
            if e["token"] == "batch-1"]
    is_("... which ran once, with an event",
        [(e["id"], e["status"], e["with_event"]) for e in runs],
        [(first["Id"] + ":1", "FINISHED", True),
         (first["Id"] + ":2", "FINISHED", True)])


for test in (test_good, test_transaction, test_auto_commit, test_waiting,
             test_parameters, test_refusals, test_tokens):
    test()
