/**
 * The results of a run as a file, for programs.
 *
 * @module
 */
import { ROOT } from "../support/processes.ts";
import type { Findings } from "./findings.ts";

/** Folder of the files; git ignores it. */
const FOLDER = "bench/results";

/**
 * Writes the results.
 *
 * @param findings The results.
 * @param path The file, or undefined for a new one of the folder of results.
 * @returns Its path from the root of the repository.
 */
export async function writeResults(
  findings: Findings,
  path: string | undefined,
): Promise<string> {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  const file = path ?? `${FOLDER}/${stamp}.json`;
  if (path === undefined) {
    await Deno.mkdir(new URL(FOLDER, ROOT), { recursive: true });
  }
  await Deno.writeTextFile(
    new URL(file, ROOT),
    JSON.stringify(findings, undefined, 1) + "\n",
  );
  return file;
}

/** Reads results. */
export async function readResults(path: string): Promise<Findings> {
  const findings = JSON.parse(await Deno.readTextFile(new URL(path, ROOT)));
  // Results of earlier versions do not have these parts.
  return { gateway: [], web: [], ...findings };
}
