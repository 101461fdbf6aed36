/**
 * The command-line client of Arrow's Rust implementation with a server of ours:
 *
 *     rust_client.ts PROGRAM list
 *     rust_client.ts PROGRAM run ENGINE PORT NAMES
 *
 * NAMES is a JSON list of cases. It prints lines of JSON around each case, as case_runner.ts says.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCommand } from "../../../tools/run_command.ts";

const [program = "", verb, engine, port = "", names = "[]"] = Deno.args;
const CATALOG = engine === "duckdb" ? "drivers" : "main";
const TIMEOUT_MS = 60_000;

/** Runs the client, and gives what it prints. */
async function client(
  args: readonly string[],
  password = "1815",
): Promise<{ success: boolean; output: string }> {
  return await runCommand(
    [
      program,
      ...["--host", "127.0.0.1", "--port", port],
      ...["--username", "ada", "--password", password],
      ...args,
    ],
    TIMEOUT_MS,
  );
}

/** The cells of the table that the client prints, by rows; the names of the columns first. */
async function table(...args: string[]): Promise<string[][]> {
  const { success, output } = await client(args);
  assert(success, output);
  return output.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim()));
}

const CASES: Readonly<Record<string, () => Promise<void>>> = {
  async "statement-query"() {
    const sql = "SELECT id, title, price, cover FROM album ORDER BY id";
    assertEquals(await table("statement-query", sql), [
      ["id", "title", "price", "cover"],
      ["1", "Blue", "9.5", "00ff"],
      ["2", "Wild", "", ""],
      ["3", "Kind", "12.25", ""],
    ]);
  },
  async "statement-query of many batches"() {
    const sql = engine === "duckdb"
      ? "SELECT range AS n FROM range(1, 50001)"
      : "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 50000) SELECT n FROM r";
    const [, ...rows] = await table("statement-query", sql);
    assertEquals(rows.length, 50_000);
    assertEquals(rows.at(-1), ["50000"]);
  },
  async "statement-query with compression"() {
    const rows = await table(
      ...["--accept-compression", "gzip"],
      ...["statement-query", "SELECT name FROM artist ORDER BY id"],
    );
    assertEquals(rows, [["name"], ["Nina"], ["Miles"]]);
  },
  async "prepared-statement-query"() {
    const sql = "SELECT title FROM album WHERE id > 1 ORDER BY id";
    assertEquals(await table("prepared-statement-query", sql), [
      ["title"],
      ["Wild"],
      ["Kind"],
    ]);
  },
  async "prepared-statement-query with parameters"() {
    // SQLite takes the texts after the dollar signs for names.
    const prefix = engine === "duckdb" ? "parameter_" : "";
    const rows = await table(
      "prepared-statement-query",
      "SELECT title FROM album WHERE id = $1 AND title <> $2",
      ...["-p", `${prefix}1=3`, "-p", `${prefix}2='; DROP TABLE album; --`],
    );
    assertEquals(rows, [["title"], ["Kind"]]);
  },
  async "catalogs, db-schemas, tables, table-types"() {
    assertEquals(await table("catalogs"), [["catalog_name"], [CATALOG]]);
    const [schemas] = await table("db-schemas", CATALOG);
    assertEquals(schemas, ["catalog_name", "db_schema_name"]);
    const tables = await table("tables", CATALOG);
    for (const name of ["artist", "album", "priced"]) {
      assert(tables.some((row) => row[2] === name), name);
    }
    const types = (await table("table-types")).flat();
    assert(types.includes("TABLE") && types.includes("VIEW"));
  },
  async "errors of SQL"() {
    const { success, output } = await client(["statement-query", "SELEC 1"]);
    assert(!success);
    assertStringIncludes(output, "SELEC");
  },
  async "a wrong password"() {
    const { success, output } = await client(["catalogs"], "wrong");
    assert(!success);
    assertStringIncludes(output, "wrong user name or password");
  },
};

if (verb === "list") {
  console.log(JSON.stringify(Object.keys(CASES).map((name) => `Rust ${name}`)));
} else {
  for (const end of JSON.parse(names) as string[]) {
    console.log(JSON.stringify({ start: end }));
    let error: string | undefined;
    try {
      await CASES[end.replace("Rust ", "")]!();
    } catch (thrown) {
      error = (thrown as Error).stack;
    }
    console.log(JSON.stringify({ end, error }));
  }
}
