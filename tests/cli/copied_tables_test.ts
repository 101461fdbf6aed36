/** Tables of `flight serve` whose rows are copied from Arrow files. */

import { assertEquals, assertRejects } from "@std/assert";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { FlightError } from "@contrail/flight";
import {
  type DatabaseAdapter,
  type DatabaseConnection,
  sqlite,
} from "@contrail/flight/sqlite";
import { CopiedTables } from "../../cli/serve/copied_tables.ts";

const { signal } = new AbortController();

describe("CopiedTables", () => {
  let folder: string;
  let adapter: DatabaseAdapter;
  let connection: DatabaseConnection;
  let tables: CopiedTables;
  /** Resolves when the rows are asked for. */
  let begun: PromiseWithResolvers<void>;
  /** Lets the rows be written. */
  let written: PromiseWithResolvers<void>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "flight_copied_"));
    const file = join(folder, "peaks.arrow");
    const data = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
    await writeFile(file, tableToIPC(data, "file"));
    begun = Promise.withResolvers();
    written = Promise.withResolvers();
    adapter = sqlite(join(folder, "copies.sqlite"), { readOnly: false });
    const slow: DatabaseAdapter = {
      info: adapter.info,
      async connect() {
        const writer = await adapter.connect();
        const { ingest } = writer;
        return Object.assign(writer, {
          ingest: async (...args: Parameters<typeof ingest>) => {
            if (args[0].ifExists === "APPEND") {
              begun.resolve();
              await written.promise;
            }
            return await ingest.apply(writer, args);
          },
        });
      },
      close: () => adapter.close(),
    };
    tables = await CopiedTables.create(slow, new Map([["peaks", file]]));
    connection = tables.awaited(await adapter.connect());
  });
  afterEach(async () => {
    written.resolve();
    await tables.close();
    await adapter.close();
    await rm(folder, { recursive: true });
  });

  const rows = async (sql: string): Promise<unknown[]> => {
    const statement = await connection.prepare(sql, { signal });
    const batches = await Array.fromAsync(
      statement.query(undefined, { signal }),
    );
    return batches.flatMap((batch) =>
      batch.toArray().map((row) => ({ ...row }))
    );
  };

  it("has tables and columns before the rows", async () => {
    const found = await Array.fromAsync(
      connection.tables({ includeSchema: true }),
    );
    const peaks = found.find(({ name }) => name === "peaks");
    assertEquals(peaks?.tableSchema?.fields.map(({ name }) => name), ["n"]);
    const sql = "SELECT n, n + 1 AS next FROM peaks";
    const { schema } = await connection.prepare(sql, { signal });
    assertEquals(schema?.fields.map(({ name }) => name), ["n", "next"]);
    await begun.promise;
  });

  it("has statements wait for the rows, look-ups by keys too", async () => {
    const all = rows("SELECT n FROM peaks");
    await begun.promise;
    const other = tables.awaited(await adapter.connect());
    const one = await other.prepare("SELECT n FROM peaks WHERE rowid = ?", {
      signal,
    });
    const [two] = tableFromArrays({ key: BigInt64Array.of(2n) }).batches;
    assertEquals(one.queryAtOnce?.(two), undefined);
    written.resolve();
    assertEquals(await all, [{ n: 1n }, { n: 2n }, { n: 3n }]);
    assertEquals(one.queryAtOnce?.(two)?.[0]?.numRows, 1);
  });

  it("has transactions wait, which would not see the rows", async () => {
    const begin = connection.begin();
    await begun.promise;
    written.resolve();
    await begin;
    assertEquals(await rows("SELECT count(*) AS n FROM peaks"), [{ n: 3n }]);
    await connection.rollback();
  });

  it("lets a call end before the rows", async () => {
    const call = new AbortController();
    const sql = "SELECT n FROM peaks";
    const statement = await connection.prepare(sql, { signal });
    const read = Array.fromAsync(statement.query(undefined, call));
    await begun.promise;
    call.abort();
    const error = await assertRejects(() => read, FlightError);
    assertEquals(error.code, "CANCELLED");
    written.resolve();
    assertEquals((await rows(sql)).length, 3);
  });
});
