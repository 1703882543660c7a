// The JavaScript SDK with long polling: as many statements at once as asked,
// results as CSV into COPY, or JSON records into COPY's text format.
//
// usage: node node_peer.mjs jobs|pages URL DSN json|csv INFLIGHT
// with one statement a line on standard input: its tag, a tab, its SQL.
import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  DescribeStatementCommand, ExecuteStatementCommand,
  GetStatementResultCommand, GetStatementResultV2Command,
  RedshiftDataClient,
} from "@aws-sdk/client-redshift-data";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";

const [what, endpoint, dsn, format, inflight] = process.argv.slice(2);
const config = Object.fromEntries(
  dsn.split(" ").map((word) => word.split("=", 2)));
const pool = new pg.Pool({
  host: config.host, port: Number(config.port), user: config.user,
  database: config.dbname, max: what === "jobs" ? 8 : 1,
});
const client = new RedshiftDataClient({
  endpoint, region: "eu-west-1",
  credentials: {
    accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secretexample",
  },
  requestHandler: {
    httpAgent: new Agent({ keepAlive: true, maxSockets: Number(inflight) }),
  },
});
const ENDED = new Set(["FINISHED", "FAILED", "ABORTED"]);

async function run(sql) {
  let reply = await client.send(new ExecuteStatementCommand({
    Sql: sql, WorkgroupName: "analytics", Database: "dev",
    WaitTimeSeconds: 30,
    ...(format === "csv" ? { ResultFormat: "CSV" } : {}),
  }));
  while (!ENDED.has(reply.Status)) {
    reply = await client.send(new DescribeStatementCommand({
      Id: reply.Id, WaitTimeSeconds: 30,
    }));
  }
  return reply.Id;
}

function fetchPage(id, token) {
  const Command = format === "csv"
    ? GetStatementResultV2Command : GetStatementResultCommand;
  return client.send(new Command({ Id: id, NextToken: token }));
}

async function keep([tag, sql]) {
  const page = await fetchPage(await run(sql));
  await pool.query("INSERT INTO bench_out VALUES ($1, $2)",
    [tag, JSON.stringify(page.Records)]);
}

async function jobs(lines) {
  let next = 0;
  const worker = async () => {
    while (next < lines.length) await keep(lines[next++]);
  };
  await Promise.all(Array.from({ length: Number(inflight) }, worker));
}

function field(f) {
  if (f.isNull) return "\\N";
  return String(Object.values(f)[0])
    .replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

async function* rows(id) {
  let ahead = fetchPage(id);
  while (ahead) {
    const page = await ahead;
    ahead = page.NextToken ? fetchPage(id, page.NextToken) : null;
    yield format === "csv"
      ? page.Records.map((r) => r.CSVRecords).join("")
      : page.Records.map((r) => r.map(field).join("\t") + "\n").join("");
  }
}

async function pages([[, sql]]) {
  const db = await pool.connect();
  const id = await run(sql);
  await pipeline(Readable.from(rows(id)), db.query(copyFrom(
    "COPY bench_load FROM STDIN"
    + (format === "csv" ? " (FORMAT csv, HEADER)" : ""))));
  db.release();
}

const lines = readFileSync(0, "utf8").split("\n").filter(Boolean)
  .map((line) => line.split(/\t(.*)/s, 2));
const start = performance.now();
await (what === "jobs" ? jobs : pages)(lines);
const seconds = (performance.now() - start) / 1000;
await pool.end();
client.destroy();
console.log(JSON.stringify({ job_s: seconds }));
