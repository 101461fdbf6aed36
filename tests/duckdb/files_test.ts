import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  mkdtemp,
  readFile,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import {
  type DatabaseConnection,
  duckdb,
  type DuckdbOptions,
} from "@contrail/flight/duckdb";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql/client";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { assertFlightError } from "../support/rejections.ts";
import { execute, loseTransaction, query } from "../support/databases.ts";
import { rows } from "./databases.ts";
import { DUCKDB_FOLDER, skip } from "./duckdb_package.ts";

/** Runs something where the package is installed, with the path of a file that does not exist. */
async function withPath(use: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "flight-duckdb-test-"));
  const before = process.cwd();
  process.chdir(fileURLToPath(DUCKDB_FOLDER));
  try {
    await use(join(folder, "test.duckdb"));
  } finally {
    process.chdir(before);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Opens a file by its path, and uses one connection to it. */
async function withFile<T>(
  path: string,
  options: DuckdbOptions,
  use: (connection: DatabaseConnection) => Promise<T>,
): Promise<T> {
  const adapter = duckdb(path, options);
  try {
    return await use(await adapter.connect());
  } finally {
    await adapter.close();
  }
}

/** Makes a file with a table of some blocks. */
function create(path: string): Promise<unknown> {
  return withFile(path, { readOnly: false }, (connection) =>
    execute(
      connection,
      "CREATE TABLE t AS SELECT range AS a, 'text ' || range AS b FROM range(100000)",
    ));
}

const count = (connection: DatabaseConnection) =>
  rows(connection, "SELECT count(*), max(b) FROM t");

const ALL = [[100000n, "text 99999"]];

/** A program that holds a file open until it is killed. */
const HOLDER = `
const { DuckDBInstance } = require("@duckdb/node-api");
DuckDBInstance.create(process.argv[2]).then(() => console.log("open"));
setInterval(() => {}, 1000);
`;

describe("a file of DuckDB that is opened by its path", { skip }, () => {
  it("is created for writing, and read again", () =>
    withPath(async (path) => {
      await create(path);
      assertEquals(await withFile(path, {}, count), ALL);
      await withFile(path, {}, (connection) =>
        assertFlightError(
          execute(connection, "DELETE FROM t"),
          "FAILED_PRECONDITION",
          /readOnly: false/,
        ));
      const options = { config: { memory_limit: "100MB" } };
      assertEquals(await withFile(path, options, count), ALL);
    }));

  it("is NOT_FOUND when it, or its folder, does not exist", () =>
    withPath(async (path) => {
      await assertFlightError(
        withFile(path, {}, count),
        "NOT_FOUND",
        /test\.duckdb.*does not exist/,
      );
      await assertFlightError(
        withFile(`${path}/x/y.duckdb`, { readOnly: false }, count),
        "NOT_FOUND",
        /y\.duckdb/,
      );
    }));

  it("is opened by the next connection when it was missing at first", () =>
    withPath(async (path) => {
      const adapter = duckdb(path);
      await assertFlightError(
        (async () => await adapter.connect())(),
        "NOT_FOUND",
      );
      await create(path);
      assertEquals(await count(await adapter.connect()), ALL);
      await adapter.close();
    }));

  it("is DATA_LOSS when it is no database, or corrupt", () =>
    withPath(async (path) => {
      await create(path);
      const bytes = await readFile(path);
      for (const start of [0, 4096, 8192, 12_288, 274_432]) {
        const corrupt = new Uint8Array(bytes).fill(0xa5, start);
        await writeFile(path, corrupt);
        await assertFlightError(
          withFile(path, {}, count),
          "DATA_LOSS",
          /not a valid DuckDB database file|checksum/,
        );
      }
      for (const part of [bytes.subarray(0, 20_000), ""]) {
        await writeFile(path, part);
        await assertFlightError(withFile(path, {}, count), "DATA_LOSS");
      }
    }));

  it("is FAILED_PRECONDITION when only an extension opens it", () =>
    withPath(async (path) => {
      await writeFile(path, "SQLite format 3\0".padEnd(4096, "\0"));
      await assertFlightError(
        withFile(path, {}, count),
        "FAILED_PRECONDITION",
        /Extension .*sqlite_scanner/,
      );
    }));

  it("is used no more when it goes away, or is replaced", () =>
    withPath(async (path) => {
      await create(path);
      const adapter = duckdb(path, { readOnly: false });
      try {
        const connection = await adapter.connect();
        const signal = new AbortController().signal;
        const statement = await connection.prepare("DELETE FROM t", { signal });
        await loseTransaction(connection, path);
        await assertFlightError(count(connection), "NOT_FOUND");
        await create(path);
        const uses: readonly (() => Promise<unknown>)[] = [
          () => count(connection),
          async () => await statement.execute(undefined, { signal }),
          async () => await count(await adapter.connect()),
        ];
        for (const use of uses) {
          await assertFlightError(
            use(),
            "FAILED_PRECONDITION",
            /another file has taken the place of .*test\.duckdb .*; restart the server/,
          );
        }
      } finally {
        await adapter.close();
      }
      assertEquals(await withFile(path, {}, count), ALL);
    }));

  it("can be replaced while it is served read-only", () =>
    withPath(async (path) => {
      const publish = async (text: string) => {
        await withFile(
          `${path}.new`,
          { readOnly: false },
          (connection) =>
            execute(connection, `CREATE TABLE t AS SELECT '${text}' AS s`),
        );
        await rename(`${path}.new`, path);
      };
      await publish("first");
      const service = flightSqlService(
        database(duckdb(path, { maxConnections: 2 }), { maxConnections: 2 }),
      );
      await using _ = service;
      await using client = flightSql(connectInMemory(service));
      const text = "SELECT s FROM t";
      const prepared = await client.prepare(text);
      for (const s of ["first", "second", "third"]) {
        await publish(s);
        for (let i = 0; i < 2; i++) {
          const results = [client.query(text), client.query(text)];
          assertEquals(await Promise.all(results), [[{ s }], [{ s }]]);
          assertEquals(await prepared.query(), [{ s }]);
        }
      }
      await rm(path);
      await assertFlightError(client.query(text).table(), "NOT_FOUND");
      await publish("back");
      assertEquals(await client.query(text), [{ s: "back" }]);
    }));

  it("is FAILED_PRECONDITION when it is a folder", () =>
    withPath(async (path) => {
      await assertFlightError(
        withFile(join(path, ".."), {}, count),
        "FAILED_PRECONDITION",
        /directory/,
      );
    }));

  it("is PERMISSION_DENIED when the system protects it", {
    // Root may write everything.
    skip: process.getuid?.() === 0 || process.platform === "win32",
  }, () =>
    withPath(async (path) => {
      await create(path);
      await chmod(path, 0o400);
      assertEquals(await withFile(path, {}, count), ALL);
      await assertFlightError(
        withFile(path, { readOnly: false }, count),
        "PERMISSION_DENIED",
      );
    }));

  it("is UNAVAILABLE while another program has it open for writing", () =>
    withPath(async (path) => {
      await create(path);
      const folder = fileURLToPath(DUCKDB_FOLDER);
      const program = join(folder, "holder.cjs");
      await writeFile(program, HOLDER);
      const args = "Deno" in globalThis ? ["run", "-A"] : [];
      const holder = spawn(process.execPath, [...args, program, path], {
        cwd: folder,
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        await once(holder.stdout!, "data");
        for (const readOnly of [true, false]) {
          await assertFlightError(
            withFile(path, { readOnly }, count),
            "UNAVAILABLE",
            /lock/,
          );
        }
      } finally {
        const exit = once(holder, "exit");
        holder.kill("SIGKILL");
        await exit;
      }
      assertEquals(await withFile(path, {}, count), ALL);
    }));

  it("is INVALID_ARGUMENT with settings that are wrong", () =>
    withPath(async (path) => {
      await create(path);
      const configs = [{ nonsense: "1" }, { memory_limit: "lots" }];
      for (const config of configs) {
        await assertFlightError(
          withFile(path, { config }, count),
          "INVALID_ARGUMENT",
        );
      }
    }));

  it("says when the memory is not enough, and goes on", () =>
    withPath(async (path) => {
      await create(path);
      const config = { memory_limit: "20MB", max_temp_directory_size: "0KB" };
      await withFile(path, { config }, async (connection) => {
        await assertFlightError(
          query(
            connection,
            "SELECT a.range % 1000003 AS k, list(b.range) FROM range(3000000) a, range(3) b GROUP BY 1",
          ),
          "RESOURCE_EXHAUSTED",
          /memory/i,
        );
        assertEquals(await rows(connection, "SELECT count(*) FROM t"), [
          [100000n],
        ]);
      });
    }));
});
