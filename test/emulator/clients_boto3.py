"""boto3 and hand-made requests against the emulator: part of clients.sh.

usage: clients_boto3.py URL TOPIC

Prints TAP lines without numbers; exits 0 unless it breaks down itself.
"""
import http.client
import json
import threading
import time
import urllib.error

from botocore.exceptions import ClientError, HTTPClientError

from clients_lib import (
    DATA, KEY, NO_RESULT, PLACE, SECRET, SNS, TOPIC, UNKNOWN_ID, client,
    error_of, execute, is_, raw, rows_of, signed, steer)

TYPES = [
    ("7::int2", "int2", {"longValue": 7}),
    ("-8::int4", "int4", {"longValue": -8}),
    ("9223372036854775807", "int8", {"longValue": 9223372036854775807}),
    ("1.5::float4", "float4", {"doubleValue": 1.5}),
    ("0.1::float8", "float8", {"doubleValue": 0.1}),
    ("1e300::float8", "float8", {"doubleValue": 1e300}),
    ("'NaN'::float8", "float8", {"doubleValue": "NaN"}),
    ("'-Infinity'::float8", "float8", {"doubleValue": "-Infinity"}),
    ("12345678901234567890.10::numeric(30,2)", "numeric",
     {"stringValue": "12345678901234567890.10"}),
    ("true", "bool", {"booleanValue": True}),
    ("false", "bool", {"booleanValue": False}),
    ("'\u00e9\"\\\n\t'::varchar(9)", "varchar",
     {"stringValue": "\u00e9\"\\\n\t"}),
    ("''::text", "text", {"stringValue": ""}),
    ("'ab'::char(4)", "bpchar", {"stringValue": "ab  "}),
    ("date '2008-01-01'", "date", {"stringValue": "2008-01-01"}),
    ("time '20:00'", "time", {"stringValue": "20:00:00"}),
    ("timetz '20:00:00.5+02'", "timetz", {"stringValue": "20:00:00.5+02"}),
    ("timestamp '2022-02-22'", "timestamp",
     {"stringValue": "2022-02-22 00:00:00.0"}),
    ("timestamp '2020-08-21 17:33:51.887120'", "timestamp",
     {"stringValue": "2020-08-21 17:33:51.88712"}),
    ("timestamptz '2008-01-01 22:00:00+02'", "timestamptz",
     {"stringValue": "2008-01-01 20:00:00+00"}),
    ("'{\"foo\":\"bar\"}'::json", "super",
     {"stringValue": "{\"foo\":\"bar\"}"}),
    ("'[1]'::jsonb", "super", {"stringValue": "[1]"}),
    ("'\\x00ff'::bytea", "varbyte", {"stringValue": "00ff"}),
    ("interval '1 day'", "interval", {"stringValue": "1 day"}),
    ("array[1,2]", "_int4", {"stringValue": "{1,2}"}),
    ("null::int4", "int4", {"isNull": True}),
]


def test_types():
    statement = execute("select " + ", ".join(t[0] for t in TYPES))
    page = DATA.get_statement_result(Id=statement["Id"])
    for column, field, (sql, name, value) in zip(
            page["ColumnMetadata"], page["Records"][0], TYPES):
        is_("type of " + repr(sql), (column["typeName"], field),
            (name, value))


def test_columns():
    execute("drop table if exists emu_client")
    made = execute("create table emu_client (a numeric(10,3) not null "
                   "default 1, b varchar(20))")
    described = DATA.describe_statement(Id=made["Id"])
    is_("DDL has no result and no count",
        (described["Status"], described["HasResultSet"],
         described["ResultRows"]), ("FINISHED", False, -1))
    statement = execute("select a as x, b, 1 from emu_client")
    page = DATA.get_statement_result(Id=statement["Id"])
    is_("an empty result has columns and no rows",
        (page["Records"], page["TotalNumRows"]), ([], 0))
    is_("columns of a table", page["ColumnMetadata"][0], {
        "label": "x", "name": "a", "typeName": "numeric", "precision": 10,
        "scale": 3, "length": 0, "nullable": 0, "isSigned": True,
        "isCaseSensitive": False, "isCurrency": False,
        "schemaName": "public", "tableName": "emu_client",
        "columnDefault": "1"})
    is_("an expression's column", [page["ColumnMetadata"][2][m] for m in
                                   ("name", "label", "tableName",
                                    "nullable")],
        ["?column?", "?column?", "", 1])
    inserted = execute("insert into emu_client select 1 from "
                       "generate_series(1, 7)")
    described = DATA.describe_statement(Id=inserted["Id"])
    is_("DML counts what it touched",
        (described["ResultRows"], described["HasResultSet"],
         described["Duration"] > 0), (7, False, True))
    is_("DML has no result to get",
        error_of(DATA.get_statement_result, Id=inserted["Id"]),
        ("ResourceNotFoundException", NO_RESULT, 400))


def test_paging():
    statement = execute("select g, repeat('x', 100) from "
                        "generate_series(1, 1000) g")
    pages = list(DATA.get_paginator("get_statement_result").paginate(
        Id=statement["Id"]))
    numbers = [row[0]["longValue"] for page in pages
               for row in page["Records"]]
    is_("paging: all rows in order", numbers, list(range(1, 1001)))
    is_("paging: several pages with the total",
        (len(pages) > 5, pages[0]["TotalNumRows"]), (True, 1000))
    is_("paging: a made-up token is refused",
        error_of(DATA.get_statement_result, Id=statement["Id"],
                 NextToken="nonsense")[0], "ValidationException")


def test_parameters():
    def named(**values):
        return [{"name": n, "value": v} for n, v in values.items()]

    statement = execute("select :a::int + :b, :a, ':a', 1 -- :c\n"
                        "/* :d /* :e */ */, '{1,2}'::int[] as \":f\"",
                        Parameters=named(a="40", b="2"))
    is_("parameters are bound by name", rows_of(statement),
        [[42, "40", ":a", 1, "{1,2}"]])
    statement = execute("select :v", Parameters=named(v="'; drop table x --"))
    is_("a parameter is a value, never SQL", rows_of(statement),
        [["'; drop table x --"]])
    is_("an unused parameter is refused",
        error_of(execute, "select 1 -- :id", Parameters=named(id="1"))[1],
        "Parameters list contains unused parameters. Unused parameters: "
        "[id]")


def test_tokens():
    first = execute("select 1", ClientToken="token-1", StatementName="n")
    again = execute("select 1", ClientToken="token-1")
    is_("a token gives the same statement", again["Id"], first["Id"])
    steer("POST", "trouble", {"op": "ExecuteStatement", "kind": "lost_reply",
                              "match": "select 2"})
    try:
        execute("select 2", ClientToken="token-2")
        lost = False
    except HTTPClientError:
        lost = True
    replay = execute("select 2", ClientToken="token-2")
    runs = [e for e in steer("GET", "ledger")["executions"]
            if e["token"] == "token-2"]
    is_("a reply lost after execution: the token does not run twice",
        (lost, rows_of(replay), len(runs)), (True, [[2]], 1))
    is_("the ledger knows the execution",
        (runs[0]["id"], runs[0]["sql"], runs[0]["status"]),
        (replay["Id"], "select 2", "FINISHED"))


def test_long_polling():
    begin = time.time()
    statement = execute("select pg_sleep(1.2)", wait=None)
    is_("an execute that does not wait says no status",
        "Status" in statement, False)
    status = DATA.describe_statement(Id=statement["Id"],
                                     WaitTimeSeconds=20)["Status"]
    is_("a waiting describe answers at the end",
        (status, 1 < time.time() - begin < 10), ("FINISHED", True))
    begin = time.time()
    slow = execute("select pg_sleep(30)", wait=1)
    is_("a waiting execute answers when the time is over",
        (slow["Status"], 0.9 < time.time() - begin < 10), ("STARTED", True))
    is_("a waiting result that does not come is not found",
        error_of(DATA.get_statement_result, Id=slow["Id"],
                 WaitTimeSeconds=1),
        ("ResourceNotFoundException", NO_RESULT, 400))
    crowd(slow["Id"])
    is_("cancel", DATA.cancel_statement(Id=slow["Id"])["Status"], True)
    ended = DATA.describe_statement(Id=slow["Id"], WaitTimeSeconds=10)
    is_("the cancelled ends aborted", ended["Status"], "ABORTED")
    is_("cancel comes too late",
        error_of(DATA.cancel_statement, Id=slow["Id"]),
        ("ValidationException", "Could not cancel a query that is already in "
         "ABORTED state with ID: " + slow["Id"], 400))


def crowd(slow_id):
    """Many slow statements and waits at once do not hold up a quick one."""
    slow = [execute("select pg_sleep(5)", wait=None)["Id"]
            for _ in range(20)]
    codes = []

    def wait(statement_id):
        error = error_of(DATA.describe_statement, Id=statement_id,
                         WaitTimeSeconds=8)
        codes.append(error[0] if error else None)

    threads = [threading.Thread(target=wait, args=(i,))
               for i in slow + [slow_id] * 3]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    begin = time.time()
    execute("select 1")
    is_("slow statements hold up nobody", time.time() - begin < 3, True)
    for thread in threads:
        thread.join()
    is_("one waiter too many is told so",
        [c for c in codes if c],
        ["ActiveWaitingRequestsExceededException"])


def test_refusals():
    for name, change in (
            ("no SQL", {"Sql": " "}),
            ("SQL over 200 KB", {"Sql": "select '%s'" % ("x" * 204800)}),
            ("two targets", {"ClusterIdentifier": "c"}),
            ("no database", {"Database": ""}),
            ("a session that is none", {"SessionId": UNKNOWN_ID})):
        members = dict(PLACE, Sql="select 1")
        members.update(change)
        error = error_of(DATA.execute_statement, **members)
        is_("refused: " + name, error and (error[0], error[2]),
            ("ValidationException", 400))
    is_("an unknown id", error_of(DATA.describe_statement, Id=UNKNOWN_ID),
        ("ResourceNotFoundException", "Query does not exist.", 400))
    code, text, _ = error_of(DATA.describe_statement, Id="nonsense")
    is_("a malformed id", (code, text[:30]),
        ("ValidationException", "id must satisfy regex pattern:"))
    is_("an operation that is none", raw(
        signed("{}", target="RedshiftData.Ponder")),
        (404, "UnknownOperationException"))
    is_("a body that is no JSON", raw(signed("nonsense")),
        (400, "SerializationException"))
    is_("a member of the wrong type", raw(signed('{"Sql": 1}')),
        (400, "SerializationException"))
    is_("a wait that is too long", raw(signed(
        json.dumps(dict(PLACE, Sql="select 1", WaitTimeSeconds=31)))),
        (400, "ValidationException"))


def test_signatures():
    def data_error(**keys):
        return error_of(client("redshift-data", **keys).describe_statement,
                        Id=UNKNOWN_ID)[0]

    temporary = {"aws_access_key_id": "ASIATEMPORARY",
                 "aws_secret_access_key": "passing"}
    is_("a wrong secret", data_error(aws_access_key_id=KEY,
                                     aws_secret_access_key="wrong"),
        "InvalidSignatureException")
    is_("an unknown key", data_error(aws_access_key_id="AKNOBODY",
                                     aws_secret_access_key=SECRET),
        "UnrecognizedClientException")
    is_("a temporary key with its token", data_error(
        aws_session_token="TOKEN+/=", **temporary),
        "ResourceNotFoundException")
    is_("a temporary key with another token", data_error(
        aws_session_token="other", **temporary),
        "UnrecognizedClientException")
    headers, body = signed('{"Id": "x"}')
    is_("another body than was signed", raw((headers, '{"Id": "y"}')),
        (403, "InvalidSignatureException"))
    is_("another header than was signed", raw((dict(
        headers, **{"X-Amz-Target": "RedshiftData.CancelStatement"}), body)),
        (403, "InvalidSignatureException"))
    is_("an x-amz header that was not signed", raw((dict(
        headers, **{"X-Amz-Meta": "1"}), body)),
        (403, "InvalidSignatureException"))
    old = dict(headers, **{"X-Amz-Date": "20250102T030405Z"})
    old["Authorization"] = headers["Authorization"].replace(
        headers["X-Amz-Date"][:8], "20250102")
    is_("a signature of last year", raw((old, body)),
        (403, "InvalidSignatureException"))
    del headers["Authorization"]
    is_("no signature", raw((headers, body)),
        (403, "MissingAuthenticationTokenException"))


def test_publish():
    steer("POST", "reset")
    text = "h\u00e9llo + ~*\n{\"a\": 1} & <b>"
    reply = SNS.publish(TopicArn=TOPIC, Message=text, Subject="Subject",
                        MessageAttributes={"status": {
                            "DataType": "String", "StringValue": "finished"}})
    messages = steer("GET", "published")["messages"]
    is_("a published message arrives", [
        (m["topic"], m["subject"], m["message"], m["attributes"],
         m["message_id"]) for m in messages],
        [(TOPIC, "Subject", text, {"status": "finished"},
          reply["MessageId"])])
    is_("an unknown topic", error_of(
        SNS.publish, TopicArn=TOPIC + "x", Message="m")[0], "NotFound")
    is_("an empty message", error_of(
        SNS.publish, TopicArn=TOPIC, Message="")[0], "InvalidParameter")
    is_("a subject of two lines", error_of(
        SNS.publish, TopicArn=TOPIC, Message="m", Subject="a\nb")[0],
        "InvalidParameter")
    ids = [SNS.publish(TopicArn=TOPIC + ".fifo", Message="m",
                       MessageGroupId="g",
                       MessageDeduplicationId="d")["MessageId"]
           for _ in range(2)]
    is_("a FIFO duplicate is the same message",
        (ids[0] == ids[1], len(steer("GET", "published")["messages"])),
        (True, 2))


def trouble_outcome(kind, call, **rule):
    steer("DELETE", "trouble")
    steer("POST", "trouble", dict(rule, op="GetStatementResult", kind=kind))
    try:
        return call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    except (HTTPClientError, http.client.HTTPException,
            ValueError) as error:
        return type(error).__name__


def test_trouble():
    statement = execute("select 'abc', g from generate_series(1, 2000) g")

    def first_page():
        return DATA.get_statement_result(Id=statement["Id"])

    for kind in ("cut", "reset", "lost_reply"):
        is_("trouble: " + kind, trouble_outcome(kind, first_page),
            "ConnectionClosedError")
    # Not through boto3: an older one takes half a body for a whole one.
    is_("trouble: truncate", trouble_outcome("truncate", lambda: raw(signed(
        json.dumps({"Id": statement["Id"]}),
        target="RedshiftData.GetStatementResult"))), "IncompleteRead")
    is_("trouble: error", trouble_outcome("error", first_page),
        "ThrottlingException")
    is_("trouble: html", trouble_outcome("html", first_page, status=503),
        "503")
    for kind in ("garbage", "bad_utf8"):
        is_("trouble: " + kind, trouble_outcome(kind, first_page),
            "UnicodeDecodeError")
    page = trouble_outcome("nul_escape", first_page)
    is_("trouble: nul_escape", page["Records"][0][0]["stringValue"],
        "\0abc")
    is_("trouble: wrong_total", trouble_outcome(
        "wrong_total", first_page)["TotalNumRows"], 2001)
    token = first_page()["NextToken"]
    is_("trouble: repeat_token", trouble_outcome(
        "repeat_token", lambda: DATA.get_statement_result(
            Id=statement["Id"], NextToken=token))["NextToken"], token)
    begin = time.time()
    trouble_outcome("delay", first_page, ms=400)
    trouble_outcome("slow_body", first_page, ms=400)
    is_("trouble: delay and slow_body", 0.7 < time.time() - begin < 3, True)
    timer = threading.Timer(0.5, steer, ("POST", "release"))
    timer.start()
    begin = time.time()
    is_("trouble: hang goes on after a release", (len(trouble_outcome(
        "hang", first_page)["Records"]) > 0, time.time() - begin > 0.4),
        (True, True))
    is_("trouble: body", trouble_outcome(
        "body", first_page, body='{"Records": []}')["Records"], [])
    steer("POST", "trouble", {"op": "ExecuteStatement", "kind": "error",
                              "status": 500, "after": True,
                              "code": "InternalServerException"})
    is_("trouble: an error when it is carried out", error_of(
        execute, "select 3", ClientToken="token-3")[0],
        "InternalServerException")
    execute("select 3", ClientToken="token-3")
    is_("... and it was, once", len(
        [e for e in steer("GET", "ledger")["executions"]
         if e["token"] == "token-3"]), 1)
    steer("POST", "trouble", {"op": "DescribeStatement", "count": 1,
                              "kind": "unknown_status", "skip": 1,
                              "match": "generate_series"})
    is_("trouble: skip, match, count", [
        DATA.describe_statement(Id=statement["Id"])["Status"]
        for _ in range(3)], ["FINISHED", "PONDERING", "FINISHED"])


def test_steering():
    for name, rule in (("kind", {"kind": "ponder"}),
                       ("op", {"kind": "cut", "op": "Ponder"}),
                       ("member", {"kind": "cut", "oops": 1}),
                       ("type", {"kind": "cut", "count": "1"}),
                       ("shape", 1)):
        try:
            steer("POST", "trouble", rule)
            code = 200
        except urllib.error.HTTPError as error:
            code = error.code
        is_("a rule of a wrong %s is refused" % name, code, 400)


for test in (test_types, test_columns, test_paging, test_parameters,
             test_tokens, test_long_polling, test_refusals, test_signatures,
             test_publish, test_trouble, test_steering):
    test()
