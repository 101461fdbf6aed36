/**
 * Bundles the page by the bundler of the runtime.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ENTRY = fileURLToPath(new URL("page.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The part of Bun that is used. */
interface BunRuntime {
  build(options: {
    readonly entrypoints: readonly string[];
    readonly target: "browser";
    readonly format: "esm";
  }): Promise<{ readonly outputs: readonly { text(): Promise<string> }[] }>;
}

/**
 * Bundles it.
 *
 * @param folder Place for temporary files.
 * @param options Options of `deno bundle`, such as its configuration.
 * @returns The text of the script.
 */
export async function bundledPage(
  folder: string,
  options: readonly string[],
): Promise<string> {
  const { Bun } = globalThis as { Bun?: BunRuntime };
  if (Bun !== undefined) {
    const { outputs: [output] } = await Bun.build({
      entrypoints: [ENTRY],
      target: "browser",
      format: "esm",
    });
    return await output!.text();
  }
  const path = `${folder}/page.js`;
  await promisify(execFile)(process.execPath, [
    "bundle",
    "--quiet",
    ...options,
    "--platform",
    "browser",
    "--output",
    path,
    ENTRY,
  ], { cwd: ROOT });
  return await readFile(path, "utf8");
}
