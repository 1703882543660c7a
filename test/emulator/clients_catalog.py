"""What the database holds, through boto3: part of clients.sh.

usage: clients_catalog.py URL TOPIC

Prints TAP lines without numbers; exits 0 unless it breaks down itself.
"""
from clients_lib import DATA, PLACE, error_of, execute, is_


def every(operation, key, size=None, **members):
    pages = DATA.get_paginator(operation).paginate(
        PaginationConfig={"PageSize": size} if size else {},
        **dict(PLACE, **members))
    return [thing for page in pages for thing in page[key]]


def test_names():
    is_("databases", "postgres" in every("list_databases", "Databases"),
        True)
    execute("create schema emu_one")
    execute("create schema emu_two")
    is_("schemas by pattern", every("list_schemas", "Schemas",
                                    SchemaPattern="emu%_%"),
        ["emu_one", "emu_two"])
    is_("schemas without a pattern", {"emu_one", "pg_catalog", "public"} <=
        set(every("list_schemas", "Schemas", size=1)), True)


def test_tables():
    for n in range(5):
        execute("create table emu_one.t%d (a int)" % n)
    execute("create view emu_two.v as select 1 as x")
    found = every("list_tables", "Tables", size=2, SchemaPattern="emu%")
    is_("tables by pattern, page by page", [
        (t["schema"], t["name"], t["type"]) for t in found],
        [("emu_one", "t%d" % n, "TABLE") for n in range(5)] +
        [("emu_two", "v", "VIEW")])
    is_("tables by both patterns", [t["name"] for t in every(
        "list_tables", "Tables", SchemaPattern="emu_one",
        TablePattern="%3")], ["t3"])
    is_("system tables", [t["type"] for t in every(
        "list_tables", "Tables", SchemaPattern="pg_catalog",
        TablePattern="pg_class")], ["SYSTEM TABLE"])


def test_columns():
    execute("create table emu_one.wide (a numeric(10,3) not null default 1, "
            "b varchar(20), c timestamptz)")
    found = every("describe_table", "ColumnList", size=2, Schema="emu_one",
                  Table="wide")
    is_("a table's columns, page by page", [
        (c["name"], c["typeName"], c["precision"], c["nullable"])
        for c in found], [("a", "numeric", 10, 0), ("b", "varchar", 20, 1),
                          ("c", "timestamptz", 35, 1)])
    is_("one of them", (
        found[0]["schemaName"], found[0]["tableName"], found[0]["scale"],
        found[0]["columnDefault"]), ("emu_one", "wide", 3, "1"))
    reply = DATA.describe_table(Schema="emu_one", Table="none", **PLACE)
    is_("a table that is none", (reply["TableName"], reply["ColumnList"]),
        ("none", []))
    execute("drop schema emu_one, emu_two cascade")


def test_refusals():
    for name, members in (
            ("two places", dict(PLACE, ClusterIdentifier="c-1")),
            ("no place", {"Database": "dev"}),
            ("no database", dict(PLACE, Database=""))):
        is_("refused: " + name, error_of(
            DATA.list_schemas, **members)[::2], ("ValidationException", 400))
    is_("a made-up page", error_of(
        DATA.list_databases, NextToken="eA==", **PLACE)[0],
        "ValidationException")


for test in (test_names, test_tables, test_columns, test_refusals):
    test()
