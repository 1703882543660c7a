"""CSV results and compressed replies through boto3: part of clients.sh.

usage: clients_csv.py URL TOPIC plain|marked

"plain" is how the emulator starts, but for the sizes of chunk and page;
"marked" is with the other answer to each thing that is not documented.
Prints TAP lines without numbers; exits 0 unless it breaks down itself.
"""
import gzip
import http.client
import json
import sys

from clients_lib import (
    DATA, HOST, NO_RESULT, PLACE, error_of, execute, is_, signed)

MARKED = sys.argv[3] == "marked"
VALUES = ("select 1 as i, null::text as nothing, ''::text as empty, 'a,b' as "
          "\"c,d\", 'say \"x\"' as q, E'l1\\r\\nl2' as l, '\u00e9' as e, true as "
          "b, timestamp '2022-02-22' as t, 'NaN'::float8 as f, "
          "12345678901234567890.10::numeric(30,2) as n, '\\x00ff'::bytea as "
          "v")
PLAIN = ('i,nothing,empty,"c,d",q,l,e,b,t,f,n,v\r\n'
         '1,,,"a,b","say ""x""","l1\r\nl2",\u00e9,true,'
         '2022-02-22 00:00:00.0,NaN,12345678901234567890.10,00ff\r\n')
QUOTED = ('"i","nothing","empty","c,d","q","l","e","b","t","f","n","v"\r\n'
          '"1",NULL,"","a,b","say ""x""","l1\r\nl2","\u00e9","true",'
          '"2022-02-22 00:00:00.0","NaN","12345678901234567890.10",'
          '"00ff"\r\n')


def fetch(sql):
    statement = execute(sql, ResultFormat="CSV")
    return statement, list(DATA.get_paginator(
        "get_statement_result_v2").paginate(Id=statement["Id"]))


def chunks(page):
    return [record["CSVRecords"] for record in page["Records"]]


def test_values():
    statement, pages = fetch(VALUES)
    is_("CSV: values", chunks(pages[0]), [QUOTED if MARKED else PLAIN])
    page = DATA.get_statement_result_v2(Id=statement["Id"])
    is_("CSV: what is beside them",
        (page["ResultFormat"], page["TotalNumRows"],
         [c["typeName"] for c in page["ColumnMetadata"]][:2]),
        ("csv" if MARKED else "CSV", 1, ["int4", "text"]))
    is_("CSV: described and listed so", (
        DATA.describe_statement(Id=statement["Id"])["ResultFormat"],
        DATA.list_statements(MaxResults=1)["Statements"][0]["ResultFormat"]),
        ("CSV", "CSV"))
    is_("CSV: not by the older operation", error_of(
        DATA.get_statement_result, Id=statement["Id"])[0],
        "ValidationException")
    is_("CSV: JSON not by the newer operation", error_of(
        DATA.get_statement_result_v2, Id=execute("select 1")["Id"])[0],
        "ValidationException")
    is_("CSV: no result", error_of(
        DATA.get_statement_result_v2, Id=execute(
            "set a.b = 1", ResultFormat="CSV")["Id"]),
        ("ResourceNotFoundException", NO_RESULT, 400))
    is_("CSV: an unknown format", error_of(
        execute, "select 1", ResultFormat="XML")[0], "ValidationException")
    page = fetch("select 1 as x where false")[1][0]
    is_("CSV: no rows", (page["TotalNumRows"], chunks(page)),
        (0, ['"x"\r\n'] if MARKED else []))
    batch = DATA.batch_execute_statement(
        Sqls=["select 1 as x", "select 2 as y"], ResultFormat="CSV",
        WaitTimeSeconds=20, **PLACE)
    is_("CSV: a batch's part", chunks(DATA.get_statement_result_v2(
        Id=batch["Id"] + ":2")), [
            '"y"\r\n"2"\r\n' if MARKED else "y\r\n2\r\n"])


def test_pages():
    _, pages = fetch("select g, repeat('x', 100) as x from "
                     "generate_series(1, 1000) g")
    every = [chunk for page in pages for chunk in chunks(page)]
    header = '"g","x"\r\n' if MARKED else "g,x\r\n"
    is_("CSV: several pages of several chunks of whole rows", (
        len(pages) > 3, max(len(chunks(page)) for page in pages) > 1,
        max(map(len, every)) <= 10000,
        all(c.endswith("\r\n") for c in every)), (True, True, True, True))
    is_("CSV: where the header is", [
        c.startswith(header) for c in every],
        [MARKED or n == 0 for n in range(len(every))])
    rows = "".join(every).replace(header, "").split("\r\n")[:-1]
    is_("CSV: all rows in order",
        [int(r.split(",")[0].strip('"')) for r in rows],
        list(range(1, 1001)))


def test_gzip():
    def page(encoding):
        headers, body = signed(json.dumps({"Id": statement["Id"]}),
                               target="RedshiftData.GetStatementResult")
        connection = http.client.HTTPConnection(HOST, timeout=30)
        connection.request("POST", "/", body, dict(
            headers, **{"Accept-Encoding": encoding}))
        reply = connection.getresponse()
        text = reply.read()
        connection.close()
        return reply.getheader("Content-Encoding"), text

    statement = execute("select g from generate_series(1, 500) g")
    is_("an encoded reply only if it is asked for", (
        page("identity")[0], page("gzip, deflate")[0]),
        (None, "gzip" if MARKED else None))
    if MARKED:
        is_("... and it is the same", json.loads(gzip.decompress(
            page("gzip")[1])), json.loads(page("identity")[1]))
        is_("... which boto3 reads, too", len(DATA.get_statement_result(
            Id=statement["Id"])["Records"]) > 0, True)


def test_undone():
    batch = DATA.batch_execute_statement(
        Sqls=["select 1", "select 1/0"], WaitTimeSeconds=20, **PLACE)
    part = DATA.describe_statement(Id=batch["Id"])["SubStatements"][0]
    is_("a part that a later one undid", (
        part["Status"], part["HasResultSet"], error_of(
            DATA.get_statement_result, Id=part["Id"]) is None),
        ("ABORTED", False, False) if MARKED else ("FINISHED", True, True))


for test in (test_values, test_pages, test_gzip, test_undone):
    test()
