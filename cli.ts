/**
 * The program `flight`: see docs/cli.md.
 *
 *     deno task flight --help
 *     bun cli.ts --help
 *
 * @module
 */

import process from "node:process";
import { isMainThread } from "node:worker_threads";

if (isMainThread) {
  const { main } = await import("./cli/main.ts");
  // Not by the exit code alone: a terminal that is read from keeps the process.
  process.exit(await main(process.argv.slice(2)));
}
// Compiled to one file, this is also the module that the workers of databases load.
await import("@contrail/flight/sqlite");
