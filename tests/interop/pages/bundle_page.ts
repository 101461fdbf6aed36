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

const PAGE = new URL("page.ts", import.meta.url);
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
 * @param entry The script; that of the cases by default.
 * @returns The text of the script.
 */
export async function bundledPage(
  folder: string,
  options: readonly string[],
  entry: URL = PAGE,
): Promise<string> {
  const path = fileURLToPath(entry);
  const { Bun } = globalThis as { Bun?: BunRuntime };
  if (Bun !== undefined) {
    const { outputs: [output] } = await Bun.build({
      entrypoints: [path],
      target: "browser",
      format: "esm",
    });
    return await output!.text();
  }
  const output = `${folder}/page.js`;
  await promisify(execFile)(process.execPath, [
    "bundle",
    "--quiet",
    ...options,
    "--platform",
    "browser",
    "--output",
    output,
    path,
  ], { cwd: ROOT });
  return await readFile(output, "utf8");
}
