/**
 * Databases on a full disk: one clear error, nothing lost that was committed, nothing left of the rest. A process has
 * a limit of file sizes anywhere on Unix, and a small file system of its own where the system allows that.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { duckdb } from "@contrail/flight/duckdb";
import { type DatabaseAdapter, sqlite } from "@contrail/flight/sqlite";
import { api, DUCKDB_FOLDER, skip } from "../duckdb/duckdb_package.ts";
import { query } from "../support/databases.ts";
import { runProgram } from "../support/run_program.ts";

/** 2 MiB, in blocks of 512 bytes. A process that goes beyond it gets a signal, unless that is ignored. */
const FILE_LIMIT = "trap '' XFSZ; ulimit -f 4096";

const folder = mkdtempSync(join(tmpdir(), "flight-full-disk-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command in a small file system at the folder. */
const smallDisk = (command: string): string =>
  `exec unshare --map-root-user --mount sh -c 'mount -t tmpfs -o size=3m none "${folder}" && ${command}' sh "$0" "$@"`;

const noDisk = spawnSync("sh", ["-c", smallDisk("true")]).status === 0
  ? false
  : "this system gives a process no file system of its own";
if (noDisk) console.error(`SKIPPED: full disks: ${noDisk}`);

const ENGINES = {
  sqlite: { adapter: sqlite, skip: false as string | false },
  duckdb: {
    async adapter(path: string): Promise<DatabaseAdapter> {
      return duckdb(await api.DuckDBInstance.create(path));
    },
    skip,
  },
};

interface Report {
  readonly errors: Readonly<Record<string, string>>;
  readonly committed: number;
  readonly found: number;
  readonly last: number;
}

async function fill(
  engine: string,
  path: string,
  ballast: readonly string[],
  shell: string,
): Promise<Report> {
  const { code, stdout, stderr } = await runProgram(
    "tests/sql/programs/fill_disk.ts",
    [engine, path, fileURLToPath(DUCKDB_FOLDER), ...ballast],
    undefined,
    shell,
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const report: Report = JSON.parse(stdout);
  for (const error of Object.values(report.errors)) {
    assertMatch(error, /^RESOURCE_EXHAUSTED: .*(disk|file|space)/i);
  }
  assert(report.committed > 3);
  return report;
}

for (const [engine, { adapter, skip }] of Object.entries(ENGINES)) {
  describe(`a database of ${engine}`, {
    skip: skip || process.platform === "win32",
    timeout: 120_000,
  }, () => {
    it("keeps what was committed when a file cannot grow", async () => {
      const path = join(folder, `${engine}.db`);
      const { committed, found, last } = await fill(
        engine,
        path,
        [],
        FILE_LIMIT,
      );
      assertEquals([found, last], [committed, committed]);
      const again = await adapter(path);
      const connection = await again.connect();
      const { rows } = await query(connection, "SELECT count(*) FROM t");
      assertEquals(rows, [[BigInt(committed)]]);
      await again.close();
    });

    it("goes on when the disk has room again", { skip: noDisk }, async () => {
      const path = join(folder, `${engine}.db`);
      const ballast = join(folder, "ballast");
      const { committed, found, last } = await fill(
        engine,
        path,
        [ballast],
        smallDisk(`exec "$@"`),
      );
      assertEquals([found, last], [committed - 1, committed]);
    });
  });
}
