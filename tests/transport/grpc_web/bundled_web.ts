/** The entry point for browsers in pieces, as a bundler makes them: parts are loaded when needed. */

import { execFile } from "node:child_process";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { tableFromArrays } from "apache-arrow";
import type { connectWeb } from "../../../web.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The part of Bun that is used. */
interface BunRuntime {
  build(options: {
    readonly entrypoints: readonly string[];
    readonly outdir: string;
    readonly target: "browser";
    readonly format: "esm";
    readonly splitting: boolean;
    readonly minify: boolean;
    readonly naming: { readonly chunk: string };
  }): Promise<{ readonly success: boolean; readonly logs: readonly unknown[] }>;
}

/** True where the runtime has a bundler. */
export const hasBundler: boolean = "Deno" in globalThis || "Bun" in globalThis;

/** A copy of the client that has loaded none of its parts. */
export interface BundledWeb extends AsyncDisposable {
  readonly connectWeb: typeof connectWeb;
  readonly tableFromArrays: typeof tableFromArrays;
  /** Names of its files. */
  readonly files: readonly string[];
}

/** Options of {@linkcode bundledWeb}. */
export interface BundleOptions {
  /** False for one file that has everything. Default: true. */
  readonly splits?: boolean;
  /** The part whose file is missing, by the start of the name. */
  readonly without?: string;
}

type Files = ReadonlyMap<string, Uint8Array>;

/** The files of both forms: bundling takes a second. */
const BUILT = new Map<boolean, Promise<Files>>();

/** Loads a new copy of what a page loads first. */
export async function bundledWeb(
  { splits = true, without }: BundleOptions = {},
): Promise<BundledWeb> {
  let built = BUILT.get(splits);
  if (built === undefined) BUILT.set(splits, built = bundle(splits));
  const files = await built;
  const missing = without &&
    [...files.keys()].find((name) => name.startsWith(without));
  if (without !== undefined && missing === undefined) {
    throw new Error(`no file of ${without}: ${[...files.keys()]}`);
  }
  const folder = await mkdtemp(`${tmpdir()}/flight-web-`);
  for (const [name, bytes] of files) {
    if (name !== missing) await writeFile(`${folder}/${name}`, bytes);
  }
  const page = await import(pathToFileURL(`${folder}/page.js`).href);
  return {
    connectWeb: page.connectWeb,
    tableFromArrays: page.tableFromArrays,
    files: [...files.keys()],
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function bundle(splits: boolean): Promise<Files> {
  // Below the root, where packages are found.
  await mkdir(`${ROOT}.cache`, { recursive: true });
  const folder = await mkdtemp(`${ROOT}.cache/web-`);
  try {
    const entry = `${folder}/page.ts`;
    const outdir = `${folder}/out`;
    await writeFile(
      entry,
      `export { connectWeb } from "../../web.ts";
export { tableFromArrays } from "apache-arrow";`,
    );
    await bundleTo(outdir, entry, splits);
    const files = new Map<string, Uint8Array>();
    for (const name of await readdir(outdir)) {
      files.set(name, await readFile(`${outdir}/${name}`));
    }
    return files;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bundleTo(
  outdir: string,
  entry: string,
  splits: boolean,
): Promise<void> {
  const { Bun } = globalThis as { Bun?: BunRuntime };
  if (Bun !== undefined) {
    const { success, logs } = await Bun.build({
      entrypoints: [entry],
      outdir,
      target: "browser",
      format: "esm",
      splitting: splits,
      minify: true,
      // As esbuild does, and Bun's own command.
      naming: { chunk: "[name]-[hash].[ext]" },
    });
    if (!success) throw new Error(logs.join("\n"));
    return;
  }
  await promisify(execFile)(process.execPath, [
    "bundle",
    "--quiet",
    "--config",
    "deno.json",
    "--platform",
    "browser",
    "--minify",
    ...splits ? ["--code-splitting"] : [],
    "--outdir",
    outdir,
    entry,
  ], { cwd: ROOT });
}
