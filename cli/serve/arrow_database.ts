/** A database of Arrow files alone. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DatabaseAdapter, sqlite } from "@contrail/flight/sqlite";
import { CopiedTables } from "./copied_tables.ts";
import { FILES_HINT } from "./read_only.ts";

/**
 * Makes a database of Arrow files: a SQLite file in a temporary folder. The first connection creates it, so a server
 * that no one queries costs nothing.
 *
 * @param files The files by name.
 */
export async function arrowDatabase(
  files: ReadonlyMap<string, string>,
): Promise<DatabaseAdapter> {
  const folder = await mkdtemp(join(tmpdir(), "flight_serve_"));
  const path = join(folder, "arrow.sqlite");
  // In WAL mode the catalog can be read while the rows are written.
  const writable = sqlite(path, { readOnly: false });
  const adapter = sqlite(path, { readOnly: true, readOnlyHint: FILES_HINT });
  let creating: Promise<CopiedTables> | undefined;
  return {
    info: adapter.info,
    async connect() {
      const tables = await (creating ??= CopiedTables.create(writable, files));
      return tables.awaited(await adapter.connect());
    },
    async close() {
      await adapter.close();
      await creating?.then((tables) => tables.close(), () => {});
      await writable.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
