/** Folders of databases in memory. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { quietly } from "../../base/handled.ts";

/** Folders that exist. */
const folders = new Set<string>();

/**
 * Makes a folder that is removed when the process exits, if not before: most programs end without
 * closing their databases. A process that a signal kills leaves it.
 */
export function makeTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "flight-sqlite-"));
  if (folders.size === 0) process.on("exit", removeAll);
  folders.add(folder);
  return folder;
}

/** Removes a folder, if it can be removed. */
export function removeTemporaryFolder(folder: string): void {
  quietly(() => rmSync(folder, { recursive: true, force: true }));
  folders.delete(folder);
  if (folders.size === 0) process.off("exit", removeAll);
}

function removeAll(): void {
  for (const folder of folders) removeTemporaryFolder(folder);
}
