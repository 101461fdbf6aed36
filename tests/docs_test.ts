/** The documents agree with the options and with each other. */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { readdir, readFile } from "node:fs/promises";
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
    await text("internal/server/handler_options.ts") +
    await text("internal/core/ipc_options.ts") +
    await text("internal/transport/grpc_web/options.ts") +
    await text("internal/transport/grpc_web/websocket_options.ts") +
    (await text("internal/read/location_options.ts"))
      .split("interface LocationOptions")[1];
  const names = [
    ...options.matchAll(/^ {2}readonly (max\w+|\w+(?:Bytes|Ms))\?/gm),
  ]
    .map(([, name]) => name!);
  assertGreater(names.length, 15);
  for (const name of names) assert(rows.has(name), name);
});

test("docs/sql-server.md has every option of the Flight SQL server", async () => {
  const page = await text("docs/sql-server.md");
  const options = await text("internal/sql/server/options.ts") +
    await text("internal/sql/database/database.ts");
  const names = [...options.matchAll(/^ {2}readonly (\w+)\?/gm)]
    .map(([, name]) => name!);
  assertGreater(names.length, 9);
  for (const name of names) assert(page.includes(`\`${name}`), name);
});

test("docs/gateway.md and docs/limits.md have the options of the gateway", async () => {
  const page = await text("docs/gateway.md");
  const section = (await text("docs/limits.md")).split("## The gateway")[1]!
    .split("\n## ")[0]!;
  const [limits, options] = (await text("internal/gateway/options.ts"))
    .split("interface GatewayAuditEntry");
  const entry = await text("gateway.ts");
  const namesIn = (source: string) =>
    [...source.matchAll(/^ {2}readonly (\w+)\?/gm)].map(([, name]) => name!);
  const names = namesIn(options! + entry);
  assertGreater(names.length, 19);
  for (const name of names) assert(page.includes(`| \`${name}\``), name);
  const bounds = [
    ...namesIn(limits!),
    ...names.filter((name) => /^max|Ms$/.test(name)),
  ];
  assertGreater(bounds.length, 9);
  for (const name of bounds) assert(section.includes(`| \`${name}\``), name);
});

test("docs/limits.md has every limit of the adapters of databases", async () => {
  const section = (await text("docs/limits.md")).split("## Databases")[1]!
    .split("\n## ")[0]!;
  const adapters = {
    SQLite: "internal/sql/sqlite/sqlite_adapter.ts",
    DuckDB: "internal/sql/duckdb/duckdb_adapter.ts",
  };
  for (const [engine, path] of Object.entries(adapters)) {
    const options = await text(path);
    const names = [
      ...options.matchAll(/^ {2}readonly (max\w+|\w+(?:Bytes|Ms|Rows))\?/gm),
    ].map(([, name]) => name!);
    assertGreater(names.length, 4);
    for (const name of names) {
      const row = new RegExp(`\\| (${engine}|both) +\\| \`${name}\``);
      assert(row.test(section), `${engine}: ${name}`);
    }
  }
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

/** Every document for readers, from the root. */
async function documents(): Promise<string[]> {
  const names: string[] = [];
  for (const folder of ["", "docs/", "docs/results/"]) {
    for (
      const name of await readdir(new URL(`../${folder}`, import.meta.url))
    ) {
      if (name.endsWith(".md")) names.push(folder + name);
    }
  }
  return names.sort();
}

/** The anchors of a page, made of its headings as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const prose = page.replace(/^```[^]*?^```$/gm, "");
  return new Set(
    [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading!.toLowerCase().replace(/[^\p{L}\p{N}_\- ]/gu, "")
        .replaceAll(" ", "-")
    ),
  );
}

test("links between documents lead to a page and a heading", async () => {
  const paths = await documents();
  assertGreater(paths.length, 20);
  let count = 0;
  for (const path of paths) {
    const page = (await text(path)).replace(/^```[^]*?^```$/gm, "");
    const links = page.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm);
    for (const [, inline, reference] of links) {
      const link = (inline ?? reference)!;
      if (/^[a-z]+:/.test(link)) continue;
      count++;
      const [file, anchor] = link.split("#");
      const base = new URL(path, "file:///");
      const target = file ? new URL(file, base).pathname.slice(1) : path;
      const found = await text(target).catch(() => undefined);
      assert(found !== undefined, `${path}: no file ${link}`);
      if (anchor === undefined) continue;
      assert(anchorsOf(found).has(anchor), `${path}: no heading ${link}`);
    }
  }
  assertGreater(count, 100);
});

test("the tables that programs write have their markers", async () => {
  const written = [
    ["README.md", "interop"],
    ["README.md", "bench"],
    ["docs/results/interop.md", "interop"],
    ["docs/results/performance.md", "bench"],
    ["docs/results/fuzzing.md", "fuzz"],
  ] as const;
  const writers = await text("tests/interop/report/docs.ts") +
    await text("bench/run.ts") + await text("tests/fuzz/run.ts");
  for (const [path, name] of written) {
    assert(writers.includes(`"${path}"`), path);
    const page = await text(path);
    const begin = page.indexOf(`<!-- ${name} -->`);
    assertGreater(begin, 0, path);
    assertGreater(page.indexOf(`<!-- /${name} -->`), begin, path);
  }
});

test("README and the sidebar of the site list every page of docs/", async () => {
  const list = (await text("README.md")).split("## Documentation")[1]!
    .split("\n## ")[0]!;
  const sidebar = await text("site/.vitepress/config.mjs");
  for (const path of await documents()) {
    if (!path.startsWith("docs/")) continue;
    assert(list.includes(`](${path})`), `README: ${path}`);
    const page = path.slice(0, -".md".length);
    assert(sidebar.includes(`"${page}"`), `sidebar: ${path}`);
  }
});

test("ARCHITECTURE.md names files that exist", async () => {
  const paths: string[] = [];
  for (
    const folder of [
      ".",
      "cli",
      "explorer",
      "internal",
      "proto",
      "tests",
      "tools",
    ]
  ) {
    const found = await readdir(new URL(`../${folder}`, import.meta.url), {
      recursive: folder !== ".",
    });
    const names = found.map((name) => name.replaceAll("\\", "/"));
    paths.push(...names.map((name) => `/${folder}/${name}`));
  }
  const named = new Set(
    (await text("ARCHITECTURE.md")).match(
      /(?<=`)[\w./-]+\.(?:ts|wat|proto)(?=`)/g,
    ),
  );
  assertGreater(named.size, 100);
  for (const name of named) {
    assert(paths.some((path) => path.endsWith(`/${name}`)), name);
  }
});
