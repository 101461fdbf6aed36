/**
 * The newest Deno, which need not be the one that runs the tests.
 *
 * @module
 */
import { findProgram } from "./find_program.ts";

/** The Deno whose `node:http2` ends the process; ours must not. */
export const NEWEST_DENO_VERSION = "2.9.6";

/**
 * Finds it.
 *
 * @throws {Error} When it cannot be had.
 */
export async function findNewestDeno(): Promise<string> {
  if (Deno.version.deno === NEWEST_DENO_VERSION) return Deno.execPath();
  return await findProgram("deno", NEWEST_DENO_VERSION, [
    "eval",
    "--print",
    "Deno.version.deno + ' ' + Deno.execPath()",
  ]);
}
