/** Builds the page: one folder of files that any server can hand out. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import {
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = new URL("../../", import.meta.url);
const PAGE = new URL("explorer/page/", ROOT);
/** The folder of the built page; git ignores it. */
const OUTPUT = new URL(".cache/explorer/", ROOT);
/** Tells of which sources a page was built. */
const STAMP = "sources.txt";
/** Files that are copied as they are. */
const COPIED = /\.(?:html|css|svg)$/;
/** Everything that the page may be made of. */
const SOURCES = [
  "explorer/",
  "cli/output/",
  "cli/sql/",
  "internal/",
  "proto/",
  "deno.lock",
];

/** The part of Bun that is used. */
interface BunRuntime {
  build(options: {
    readonly entrypoints: readonly string[];
    readonly outdir: string;
    readonly target: "browser";
    readonly format: "esm";
    readonly minify: boolean;
    readonly splitting: boolean;
  }): Promise<{ readonly success: boolean; readonly logs: readonly unknown[] }>;
}

/** Options of {@linkcode builtPage}. */
interface BuildOptions {
  /** Is told when the page has to be built, which takes some seconds. */
  readonly onBuild?: () => void;
}

/**
 * Finds the page, and builds it where there is none, or where its sources have changed.
 *
 * @returns The folder.
 * @throws {Error} When it cannot be built.
 */
export async function builtPage({ onBuild }: BuildOptions = {}): Promise<URL> {
  const built = await readFile(new URL(STAMP, OUTPUT), "utf8").catch(() =>
    undefined
  );
  // A compiled program has the page, and not its sources.
  if (!existsSync(new URL("main.ts", PAGE))) {
    if (built !== undefined) return OUTPUT;
    throw new Error(
      "this program was compiled without the page: run `deno task explorer` before `deno task compile`",
    );
  }
  const sources = await fingerprint();
  if (built === sources) return OUTPUT;
  onBuild?.();
  // A failed build leaves the last page, and a running server sees all of a page or none of it.
  const fresh = new URL(`.cache/explorer-${process.pid}/`, ROOT);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  try {
    await bundle(fresh);
    for (const name of await readdir(PAGE)) {
      if (COPIED.test(name)) {
        await copyFile(new URL(name, PAGE), new URL(name, fresh));
      }
    }
    const wasm = import.meta.resolve("parquet-wasm/esm/parquet_wasm_bg.wasm");
    await copyFile(new URL(wasm), new URL("parquet_wasm_bg.wasm", fresh));
    await writeFile(new URL(STAMP, fresh), sources);
    await put(fresh);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return OUTPUT;
}

/** Another program may put its page there at the same moment; both are the same. */
async function put(fresh: URL): Promise<void> {
  for (let attempt = 0;; attempt++) {
    await rm(OUTPUT, { recursive: true, force: true });
    try {
      return await rename(fresh, OUTPUT);
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

async function bundle(folder: URL): Promise<void> {
  const entry = fileURLToPath(new URL("main.ts", PAGE));
  const outdir = fileURLToPath(folder);
  const { Bun } = globalThis as { Bun?: BunRuntime };
  if (Bun !== undefined) {
    const { success, logs } = await Bun.build({
      entrypoints: [entry],
      outdir,
      target: "browser",
      format: "esm",
      minify: true,
      splitting: true,
    });
    if (!success) throw new Error(logs.map(String).join("\n"));
    return;
  }
  if (!("Deno" in globalThis)) {
    throw new Error(
      "the page is built by the bundler of Deno or Bun: run this program, or deno task explorer, on one of them",
    );
  }
  const args = [
    "bundle",
    "--quiet",
    "--platform",
    "browser",
    "--minify",
    "--code-splitting",
  ];
  await promisify(execFile)(process.execPath, [
    ...args,
    "--outdir",
    outdir,
    entry,
  ], {
    cwd: fileURLToPath(ROOT),
  }).catch((error) => {
    throw new Error(
      `the page could not be built: ${error.stderr || error.message}`,
    );
  });
}

/** Sums up the names, sizes and times of all sources. */
async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  const names = (await readdir(ROOT)).filter((name) => name.endsWith(".ts"));
  for (const name of [...names, ...SOURCES].sort()) await add(name);
  return hash.digest("hex");

  async function add(path: string): Promise<void> {
    const url = new URL(path, ROOT);
    const info = await stat(url);
    if (!info.isDirectory()) {
      hash.update(`${path} ${info.size} ${info.mtimeMs}\n`);
      return;
    }
    const folder = path.endsWith("/") ? path : `${path}/`;
    for (const name of (await readdir(new URL(folder, ROOT))).sort()) {
      await add(folder + name);
    }
  }
}
