"""Sessions and lists through boto3 against the emulator: part of clients.sh.

usage: clients_sessions.py URL TOPIC

Prints TAP lines without numbers; exits 0 unless it breaks down itself.
"""
import time

from clients_lib import (
    DATA, UNKNOWN_ID, client, error_of, execute, is_, rows_of, steer)

NOT_AVAILABLE = ("ValidationException", "Session is not available", 400)


def within(session, sql, wait=20, **more):
    if wait:
        more["WaitTimeSeconds"] = wait
    return DATA.execute_statement(Sql=sql, SessionId=session, **more)


def listed(**filters):
    return [s["SessionId"] for page in
            DATA.get_paginator("list_sessions").paginate(**filters)
            for s in page["Sessions"]]


def state_of(session):
    return DATA.list_sessions(SessionId=session)["Sessions"][0]


def test_session():
    made = execute("create temp table emu_kept as select 42 as x",
                   SessionKeepAliveSeconds=600)
    session = made["SessionId"]
    again = within(session, "select x from emu_kept")
    is_("a temporary table stays for the session's next statement",
        rows_of(again), [[42]])
    is_("a statement of a session is at the session's place",
        [again.get(m) for m in ("SessionId", "Database", "WorkgroupName",
                                "DbUser")],
        [session, "dev", "wg-1", "IAM:AKIDEXAMPLE"])
    described = DATA.describe_statement(Id=again["Id"])
    is_("... and on the same backend",
        (described["SessionId"], described["RedshiftPid"]),
        (session, made["RedshiftPid"]))
    other = execute("select count(*) from emu_kept")
    is_("others do not see it", other["Status"], "FAILED")
    is_("a statement without keep-alive has no session",
        (other.get("SessionId"), execute(
            "select 1", SessionKeepAliveSeconds=0).get("SessionId")),
        (None, None))
    is_("a session is not told again where it is", error_of(
        within, session, "select 1", Database="dev")[0],
        "ValidationException")
    batch = DATA.batch_execute_statement(
        Sqls=["insert into emu_kept values (43)",
              "select sum(x) from emu_kept"], SessionId=session,
        WaitTimeSeconds=20)
    is_("a batch in a session", rows_of({"Id": batch["Id"] + ":2"}), [[85]])
    return session


def test_busy(session):
    slow = within(session, "select pg_sleep(60)", wait=None,
                  ClientToken="busy-1")
    is_("a busy session refuses",
        error_of(within, session, "select 1"), NOT_AVAILABLE)
    is_("... even the token of the statement at work", error_of(
        within, session, "select pg_sleep(60)", ClientToken="busy-1"),
        NOT_AVAILABLE)
    row = state_of(session)
    is_("... and is listed so", (row["Status"], row["CurrentStatementId"]),
        ("BUSY", slow["Id"]))
    DATA.cancel_statement(Id=slow["Id"])
    DATA.describe_statement(Id=slow["Id"], WaitTimeSeconds=20)
    is_("a cancelled statement leaves the session as it was", rows_of(
        within(session, "select count(*) from emu_kept")), [[2]])
    is_("then its token is answered", within(
        session, "select pg_sleep(60)", ClientToken="busy-1")["Id"],
        slow["Id"])


def test_list(session):
    row = state_of(session)
    is_("a session's row", [row.get(m) for m in (
        "Status", "Database", "DbUser", "WorkgroupName", "ClusterIdentifier",
        "SessionAliveSeconds", "CurrentStatementId")],
        ["AVAILABLE", "dev", "IAM:AKIDEXAMPLE", "wg-1", None, 600, None])
    is_("its time to live runs from its last use", round(
        (row["SessionTtl"] - row["UpdatedAt"]).total_seconds()), 600)
    more = [execute("select 1", SessionKeepAliveSeconds=300)["SessionId"]
            for _ in range(3)]
    is_("listed: the newest first, page by page",
        listed(PaginationConfig={"PageSize": 2})[:4],
        more[::-1] + [session])
    is_("listed by state", listed(Status="BUSY"), [])
    is_("another user sees none of them", client(
        "redshift-data", aws_access_key_id="ASIATEMPORARY",
        aws_secret_access_key="passing", aws_session_token="TOKEN+/=",
        ).list_sessions()["Sessions"], [])
    is_("a session that never was", error_of(
        DATA.list_sessions, SessionId=UNKNOWN_ID)[0],
        "ResourceNotFoundException")
    is_("an id goes without other filters", error_of(
        DATA.list_sessions, SessionId=session, Status="BUSY")[0],
        "ValidationException")
    is_("cluster and workgroup exclude each other", error_of(
        DATA.list_sessions, ClusterIdentifier="c",
        WorkgroupName="wg-1")[0], "ValidationException")
    return more


def test_end(session, more):
    is_("a statement in a session that never was", error_of(
        within, UNKNOWN_ID, "select 1"),
        ("ValidationException",
         "Session with Id: %s is invalid" % UNKNOWN_ID, 400))
    steer("POST", "sessions", {"close": more[0]})
    is_("a session that was reclaimed refuses",
        error_of(within, more[0], "select 1"), NOT_AVAILABLE)
    row = state_of(more[0])
    is_("... and is listed by its id or its state", (
        row["Status"], row["SessionTtl"] == row["UpdatedAt"],
        more[0] in listed(Status="CLOSED"), more[0] in listed()),
        ("CLOSED", True, True, False))
    slow = within(more[1], "select pg_sleep(60)", wait=None)
    steer("POST", "sessions", {"close": more[1]})
    is_("reclaiming a busy session ends its statement",
        DATA.describe_statement(Id=slow["Id"], WaitTimeSeconds=20)["Status"],
        "ABORTED")
    is_("... and the session", state_of(more[1])["Status"], "CLOSED")
    within(more[2], "select 1", SessionKeepAliveSeconds=0)
    until = time.time() + 30
    while state_of(more[2])["Status"] != "CLOSED" and time.time() < until:
        time.sleep(0.05)
    is_("an idle session expires", error_of(
        within, more[2], "select 1"), NOT_AVAILABLE)
    failed = execute("select 1/0", SessionKeepAliveSeconds=60)
    is_("a failing statement leaves the session it opened", (
        failed["Status"], state_of(failed["SessionId"])["Status"]),
        ("FAILED", "AVAILABLE"))
    dead = within(failed["SessionId"], "select pg_terminate_backend("
                  "pg_backend_pid())")
    is_("a session whose backend dies is closed", (
        dead["Status"], state_of(failed["SessionId"])["Status"]),
        ("FAILED", "CLOSED"))
    held = [execute("select 1", SessionKeepAliveSeconds=60)
            for _ in range(9 - len(listed()))]
    is_("one session too many", error_of(
        execute, "select 1", SessionKeepAliveSeconds=60)[::2],
        ("ActiveSessionsExceededException", 400))
    is_("... but a statement without one", len(held) > 0 and execute(
        "select 1")["Status"], "FINISHED")
    steer("POST", "sessions", {"close": "*"})
    is_("all are closed", listed(), [])


def statements(**filters):
    return [s for page in
            DATA.get_paginator("list_statements").paginate(**filters)
            for s in page["Statements"]]


def test_statements():
    made = [execute("select %d" % n, StatementName="lister/%d" % n)["Id"]
            for n in range(7)]
    bad = execute("selec", StatementName="lister/bad")["Id"]
    batch = DATA.batch_execute_statement(
        Sqls=["select :a", "select 2"], StatementName="lister/batch",
        Parameters=[{"name": "a", "value": "1"}], Database="dev",
        ClusterIdentifier="c-1", WaitTimeSeconds=20)["Id"]
    is_("statements by name, the newest first, page by page",
        [s["Id"] for s in statements(StatementName="lister/",
                                     PaginationConfig={"PageSize": 3})],
        [batch] + made[::-1])
    is_("without a status those that finished, else as asked", [
        [s["Id"] for s in statements(StatementName="lister/b", **more)]
        for more in ({}, {"Status": "FAILED"}, {"Status": "ALL"})],
        [[batch], [bad], [batch, bad]])
    is_("the name is a prefix and of this case", [
        len(statements(StatementName=name))
        for name in ("lister/1", "Lister/", "ister/")], [1, 0, 0])
    row = statements(StatementName="lister/batch")[0]
    is_("a batch's row", [row.get(m) for m in (
        "IsBatchStatement", "QueryStrings", "QueryString",
        "QueryParameters", "StatementName", "Status")],
        [True, ["select :a", "select 2"], None,
         [{"name": "a", "value": "1"}], "lister/batch", "FINISHED"])
    row = statements(StatementName="lister/1")[0]
    is_("a statement's row", (
        row["IsBatchStatement"], row["QueryString"]), (False, "select 1"))
    is_("by place", [len(statements(StatementName="lister/", **more))
                     for more in ({"ClusterIdentifier": "c-1"},
                                  {"WorkgroupName": "wg-1"},
                                  {"WorkgroupName": "wg-1",
                                   "Database": "prod"})], [1, 7, 0])
    is_("a made-up page is refused", error_of(
        DATA.list_statements, NextToken="bGllcw==")[0],
        "ValidationException")
    is_("another user sees none of them", client(
        "redshift-data", aws_access_key_id="ASIATEMPORARY",
        aws_secret_access_key="passing", aws_session_token="TOKEN+/=",
        ).list_statements(Status="ALL")["Statements"], [])


open_session = test_session()
test_busy(open_session)
test_end(open_session, test_list(open_session))
test_statements()
