/** What the documentation says of options must be what the options say. */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

async function text(path: string): Promise<string> {
  return await readFile(new URL(`../${path}`, import.meta.url), "utf8");
}

/** The rows of the tables of options: name, of whom, default. */
function optionRows(page: string): Map<string, string> {
  return new Map(
    [...page.matchAll(/^\| `(\w+)` +\| ([^|]+?) +\| ([^|]+?) +\|/gm)].map(
      ([, name, of, value]) => [name!, `${of}: ${value}`],
    ),
  );
}

test("docs/limits.md has every limit", async () => {
  const rows = optionRows(await text("docs/limits.md"));
  const options = await text("internal/transport/options.ts") +
    await text("internal/server/request_times.ts") +
    await text("internal/core/ipc_options.ts") +
    (await text("internal/read/location_options.ts"))
      .split("interface LocationOptions")[1];
  const names = [
    ...options.matchAll(/^ {2}readonly (max\w+|\w+(?:Bytes|Ms))\?/gm),
  ]
    .map(([, name]) => name!);
  assertGreater(names.length, 15);
  for (const name of names) assert(rows.has(name), name);
});

test("README has the same defaults as docs/limits.md", async () => {
  const limits = optionRows(await text("docs/limits.md"));
  const readme = optionRows(
    (await text("README.md")).split("## Limits and defaults")[1]!,
  );
  assertGreater(readme.size, 8);
  for (const [name, row] of readme) {
    if (/^(?:hostname|port|transport)$/.test(name)) continue;
    assertEquals(row, limits.get(name), name);
  }
});
