/**
 * The program `flight`: see docs/cli.md.
 *
 *     deno task flight --help
 *     bun cli.ts --help
 *
 * @module
 */

import process from "node:process";
import { main } from "./cli/main.ts";

// Not by the exit code alone: a terminal that is read from keeps the process.
process.exit(await main(process.argv.slice(2)));
