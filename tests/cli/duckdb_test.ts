/** `flight serve` of databases of DuckDB, Parquet and CSV files. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { loadDuckdb } from "../../cli/serve/duckdb_package.ts";
import { DUCKDB_FOLDER, skip } from "../duckdb/duckdb_package.ts";
import { flight, options, type Serving, startServingIn } from "./flight.ts";

/** The folder in which the tests of DuckDB have installed it, as a user would in theirs. */
const installed = fileURLToPath(DUCKDB_FOLDER);

/** Every test needs DuckDB. */
const needsDuckdb = { ...options, skip };

// On Node.js a time limit of a suite is one for all of its tests together.
describe("flight serve with DuckDB", { skip }, () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);

  before(async () => {
    if (skip) return;
    folder = await mkdtemp(join(tmpdir(), "flight_cli_"));
    const { DuckDBInstance } = loadDuckdb("the test", installed);
    const instance = await DuckDBInstance.create(path("shop.duckdb"));
    const connection = await instance.connect();
    for (
      const sql of [
        "CREATE TABLE item AS SELECT * FROM (VALUES (1, 'lamp', [1.5]), (2, 'chair', NULL)) t(id, name, sizes)",
        `COPY item TO '${path("it's.parquet")}'`,
        `COPY (SELECT id, name FROM item) TO '${path("names.csv")}'`,
      ].map((sql) => sql.replace("it's", "it''s"))
    ) await connection.run(sql);
    connection.closeSync();
    instance.closeSync();
    const other = await DuckDBInstance.create(path("schemas.duckdb"));
    const writer = await other.connect() as typeof connection;
    await writer.run("CREATE SCHEMA old");
    await writer.run("CREATE TABLE item AS SELECT 1 AS id");
    await writer.run("CREATE TABLE old.item AS SELECT 2 AS id");
    writer.closeSync();
    other.closeSync();
    const table = tableFromArrays({ id: Int32Array.of(1), stock: ["many"] });
    await writeFile(path("stock.arrow"), tableToIPC(table, "file"));
  });
  after(async () => {
    if (!skip) await rm(folder, { recursive: true });
  });

  const start = (...args: string[]) => startServingIn(installed, ...args);
  const sql = (server: Serving, text: string) =>
    flight("sql", server.location, text, "-o", "json");

  it("offers a database", needsDuckdb, async () => {
    const server = await start(path("shop.duckdb"));
    const { stdout } = await flight(
      ...["get", server.location, "item", "-o", "json"],
    );
    assertEquals(
      stdout,
      '{"id":1,"name":"lamp","sizes":[1.5]}\n' +
        '{"id":2,"name":"chair","sizes":null}\n',
    );
    const { code, stderr } = await sql(server, "DELETE FROM item");
    assertEquals(code, 2);
    assertStringIncludes(stderr, "--read-write");
    assertEquals(await server.stop(), 0);
  });

  it("resolves names by --schema and --catalog", needsDuckdb, async () => {
    for (const workers of [[], ["--workers", "2"]]) {
      const server = await start(path("schemas.duckdb"), ...workers);
      const ask = (...options: string[]) =>
        flight(
          ...["sql", server.location, "SELECT id FROM item", "-o", "csv"],
          ...options,
        );
      assertEquals((await ask()).stdout, "id\n1\n");
      assertEquals((await ask("--schema", "old")).stdout, "id\n2\n");
      const { code, stderr } = await ask("--catalog", "none");
      assert(code !== 0);
      assertStringIncludes(stderr, "catalog");
      assertEquals(await server.stop(), 0);
    }
  });

  it("takes changes and uploads with --read-write", needsDuckdb, async () => {
    const server = await start(path("shop.duckdb"), "--read-write");
    const put = await flight("put", server.location, path("stock.arrow"));
    assertEquals([put.code, put.stderr], [0, "1 row uploaded\n"]);
    const { stdout } = await sql(
      server,
      "SELECT name, stock FROM item JOIN stock USING (id); DROP TABLE stock",
    );
    assertEquals(stdout, '{"name":"lamp","stock":"many"}\n');
    assertEquals(await server.stop(), 0);
  });

  it("offers Parquet, CSV and Arrow files together", needsDuckdb, async () => {
    const server = await start(
      ...[path("it's.parquet"), path("names.csv"), path("stock.arrow")],
    );
    const { stdout } = await flight("ls", server.location, "-o", "csv");
    assertEquals(
      stdout.split("\n").map((line) => line.split(",")[0]).sort(),
      ["", "it's", "name", "names", "stock"],
    );
    const joined = await sql(
      server,
      `SELECT names.name, stock, sizes FROM names
      JOIN stock USING (id) JOIN "it's" USING (id)`,
    );
    assertEquals(
      joined.stdout,
      '{"name":"lamp","stock":"many","sizes":[1.5]}\n',
    );
    assertEquals(await server.stop(), 0);
  });

  it("opens no other file", needsDuckdb, async () => {
    const server = await start(path("names.csv"));
    for (
      const text of [
        "SELECT * FROM read_csv('/etc/passwd')",
        `SELECT * FROM read_text('${path("names.csv")}')`,
        `COPY names TO '${path("names.csv")}'`,
        `ATTACH '${path("shop.duckdb")}' AS shop`,
        "SET enable_external_access = true",
      ]
    ) {
      const { code, stdout } = await sql(server, text);
      assertEquals([code! > 1, stdout], [true, ""], text);
    }
    const { stdout } = await sql(server, "SELECT count(*) AS n FROM names");
    assertEquals(stdout, '{"n":2}\n');
    await server.stop();
  });

  it("goes on when a file vanishes", needsDuckdb, async () => {
    await writeFile(path("gone.csv"), "a\n1\n");
    await writeFile(path("kept.csv.gz"), gzipSync("a\n2\n"));
    const server = await start(path("gone.csv"), path("kept.csv.gz"));
    await rm(path("gone.csv"));
    const list = await flight("ls", server.location, "-o", "csv");
    assertEquals(
      list.stdout,
      "name,rows,bytes,endpoints\ngone,,,1\nkept,,,1\n",
    );
    const gone = await flight("get", server.location, "gone");
    assertEquals(gone.code, 3, gone.stderr);
    assertMatch(gone.stderr, /cannot read the file ".*gone\.csv"/);
    const kept = await flight("get", server.location, "kept", "-o", "csv");
    assertEquals(kept.stdout, "a\n2\n");
    await server.stop();
  });

  it("tells a file that is no Parquet file", needsDuckdb, async () => {
    await writeFile(path("bad.parquet"), "PAR1 and nothing else");
    const error = await start(path("bad.parquet")).catch((error) => error);
    assertMatch(
      error.message,
      /exit code 1: flight: cannot read .*bad\.parquet/,
    );
  });
});

describe("flight serve without DuckDB", () => {
  // Bun installs what is missing by itself.
  const denoOnly = { ...options, skip: !("Deno" in globalThis) };
  it("tells how to install it", denoOnly, async () => {
    const folder = await mkdtemp(join(tmpdir(), "flight_cli_"));
    const file = join(folder, "a.csv");
    await writeFile(file, "a\n1\n");
    const { code, stderr } = await flight("serve", file);
    assertEquals(code, 1);
    assertMatch(stderr, /needs DuckDB.*run `npm install @duckdb\/node-api`/);
    await rm(folder, { recursive: true });
  });

  it("refuses files beside a database", options, async () => {
    const folder = await mkdtemp(join(tmpdir(), "flight_cli_"));
    await writeFile(join(folder, "a.csv"), "a\n1\n");
    await writeFile(join(folder, "b.sqlite"), "");
    const { code, stderr } = await flight(
      ...["serve", join(folder, "a.csv"), join(folder, "b.sqlite")],
    );
    assertEquals(code, 1);
    assertMatch(stderr, /a\.csv cannot be served beside a database/);
    await rm(folder, { recursive: true });
  });
});
