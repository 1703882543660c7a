/*
 * The AWS SDK for JavaScript against the emulator: part of clients.sh.
 *
 * usage: node clients.js URL
 *
 * Runs every operation of the Data API; the SDK finds a reply's members by
 * its own model of 2026.  Prints TAP lines without numbers; exits 0 unless it
 * breaks down itself.
 */
"use strict";

const { isDeepStrictEqual } = require("util");
const sdk = require("@aws-sdk/client-redshift-data");

const URL_OF_EMULATOR = process.argv[2];
const PLACE = { Database: "dev", WorkgroupName: "wg-1" };
const UNKNOWN_ID = "d9b6c0c9-0747-4bf4-b142-e8883122f766";

const client = new sdk.RedshiftDataClient({
  endpoint: URL_OF_EMULATOR,
  region: "eu-west-1",
  maxAttempts: 1,
  credentials: {
    accessKeyId: process.env.AWS_ACCESS_KEY_ID,
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
  },
});

function is(name, got, expected) {
  if (isDeepStrictEqual(got, expected)) {
    console.log("ok - JS: " + name);
    return;
  }
  console.log("not ok - JS: " + name);
  console.log("# got      " + JSON.stringify(got));
  console.log("# expected " + JSON.stringify(expected));
}

function call(operation, input) {
  return client.send(new sdk[operation + "Command"](input));
}

function execute(sql, more) {
  return call("ExecuteStatement", {
    Sql: sql, WaitTimeSeconds: 20, ...PLACE, ...more,
  });
}

/* The error that a call ends with: its class, text and HTTP status. */
async function errorOf(operation, input) {
  try {
    await call(operation, input);
    return null;
  } catch (error) {
    return [
      error.name,
      error instanceof sdk[error.name],
      error.$metadata.httpStatusCode,
    ];
  }
}

async function every(paginate, input, key) {
  const found = [];

  for await (const page of paginate({ client }, input)) {
    found.push(...page[key]);
  }
  return found;
}

async function testStatement() {
  const made = await execute("select :a::int as x, null::text as y", {
    Parameters: [{ name: "a", value: "42" }],
    StatementName: "js/one",
  });
  is("ExecuteStatement that waited",
    [made.Status, made.HasResultSet, typeof made.RedshiftPid,
      made.CreatedAt instanceof Date],
    ["FINISHED", true, "number", true]);
  const described = await call("DescribeStatement", {
    Id: made.Id, WaitTimeSeconds: 5,
  });
  is("DescribeStatement",
    [described.Status, described.ResultRows, described.ResultFormat,
      described.QueryParameters, described.RedshiftQueryUuid.length],
    ["FINISHED", 1, "JSON", [{ name: "a", value: "42" }], 36]);
  const result = await call("GetStatementResult", {
    Id: made.Id, WaitTimeSeconds: 5,
  });
  is("GetStatementResult",
    [result.TotalNumRows, result.ColumnMetadata.map((c) => c.typeName),
      result.Records],
    [1, ["int4", "text"], [[{ longValue: 42 }, { isNull: true }]]]);
  const rows = await every(sdk.paginateGetStatementResult, {
    Id: (await execute("select g from generate_series(1, 2000) g")).Id,
  }, "Records");
  is("GetStatementResult, page by page",
    rows.map((row) => row[0].longValue),
    Array.from({ length: 2000 }, (_, i) => i + 1));
  is("a statement that fails", (await execute("selec")).Status, "FAILED");
}

async function testCsv() {
  const made = await execute("select g as x from generate_series(1, 5000) g", {
    ResultFormat: "CSV",
  });
  const pages = [];

  for await (const page of sdk.paginateGetStatementResultV2({ client }, {
    Id: made.Id,
  })) {
    pages.push(page);
  }
  const text = pages.flatMap((page) => page.Records)
    .map((record) => record.CSVRecords).join("");
  is("GetStatementResultV2, page by page",
    [pages[0].ResultFormat, pages[0].TotalNumRows,
      text === "x\r\n" + Array.from({ length: 5000 },
        (_, i) => i + 1 + "\r\n").join("")],
    ["CSV", 5000, true]);
}

async function testBatch() {
  const made = await call("BatchExecuteStatement", {
    Sqls: ["select 1", "select 1/0", "select 3"],
    ExecutionMode: "AUTO_COMMIT", WaitTimeSeconds: 20, ...PLACE,
  });
  is("BatchExecuteStatement", [made.Status, made.HasResultSet],
    ["FAILED", true]);
  const described = await call("DescribeStatement", { Id: made.Id });
  is("DescribeStatement of a batch",
    [described.ExecutionMode, described.SubStatements.map((part) =>
      [part.Id, part.Status, part.HasResultSet])],
    ["AUTO_COMMIT", [[made.Id + ":1", "FINISHED", true],
      [made.Id + ":2", "FAILED", false], [made.Id + ":3", "FINISHED", true]]]);
  const result = await call("GetStatementResult", { Id: made.Id + ":3" });
  is("GetStatementResult of a part", result.Records, [[{ longValue: 3 }]]);
}

async function testCancel() {
  const slow = await call("ExecuteStatement", {
    Sql: "select pg_sleep(60)", ...PLACE,
  });
  is("CancelStatement",
    (await call("CancelStatement", { Id: slow.Id })).Status, true);
  is("... and its end", (await call("DescribeStatement", {
    Id: slow.Id, WaitTimeSeconds: 20,
  })).Status, "ABORTED");
}

async function testSessions() {
  const made = await execute("create temp table js_kept as select 7 as x", {
    SessionKeepAliveSeconds: 60,
  });
  const again = await call("ExecuteStatement", {
    Sql: "select x from js_kept", SessionId: made.SessionId,
    WaitTimeSeconds: 20,
  });
  is("a statement in a session", [again.SessionId, again.Status],
    [made.SessionId, "FINISHED"]);
  const found = await every(sdk.paginateListSessions, {
    WorkgroupName: "wg-1", Status: "AVAILABLE", MaxResults: 1,
  }, "Sessions");
  const session = found.find((s) => s.SessionId === made.SessionId);
  is("ListSessions",
    [session.Status, session.SessionAliveSeconds, session.Database,
      session.CreatedAt instanceof Date, session.SessionTtl instanceof Date],
    ["AVAILABLE", 60, "dev", true, true]);
  is("ListSessions of one that never was",
    await errorOf("ListSessions", { SessionId: UNKNOWN_ID }),
    ["ResourceNotFoundException", true, 400]);
}

async function testLists() {
  const listed = await every(sdk.paginateListStatements, {
    StatementName: "js/", Status: "ALL", MaxResults: 1,
  }, "Statements");
  is("ListStatements", listed.map((s) =>
    [s.StatementName, s.Status, s.IsBatchStatement, s.ResultFormat]),
    [["js/one", "FINISHED", false, "JSON"]]);
  await execute("create table if not exists js_table (a int not null)");
  is("ListDatabases", (await every(sdk.paginateListDatabases, PLACE,
    "Databases")).includes("postgres"), true);
  is("ListSchemas", await every(sdk.paginateListSchemas, {
    SchemaPattern: "publi_", ...PLACE,
  }, "Schemas"), ["public"]);
  is("ListTables", await every(sdk.paginateListTables, {
    TablePattern: "js\\_table", ...PLACE,
  }, "Tables"), [{ name: "js_table", type: "TABLE", schema: "public" }]);
  is("DescribeTable", (await every(sdk.paginateDescribeTable, {
    Schema: "public", Table: "js_table", ...PLACE,
  }, "ColumnList")).map((c) => [c.name, c.typeName, c.nullable]),
    [["a", "int4", 0]]);
  await execute("drop table js_table");
}

async function testErrors() {
  is("an unknown id", await errorOf("DescribeStatement", { Id: UNKNOWN_ID }),
    ["ResourceNotFoundException", true, 400]);
  is("a malformed id", await errorOf("GetStatementResult", { Id: "x" }),
    ["ValidationException", true, 400]);
  is("an unknown session", await errorOf("ExecuteStatement", {
    Sql: "select 1", SessionId: UNKNOWN_ID,
  }), ["ValidationException", true, 400]);
}

async function main() {
  console.log("# node " + process.version);
  for (const test of [testStatement, testCsv, testBatch, testCancel,
    testSessions, testLists, testErrors]) {
    await test();
  }
  client.destroy();
}

main().catch((error) => {
  console.log("# " + error.stack);
  process.exitCode = 1;
});
