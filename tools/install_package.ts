/**
 * npm packages that only some tests and examples need, and that are no
 * dependencies of this package.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const INSTALL_TIMEOUT_MS = 5 * 60_000;

/**
 * Names the folder that holds a package: one for each runtime, because the
 * runtimes lay out their packages differently. Node.js shares that of Bun, which
 * has the layout of npm.
 *
 * @param folder The name of the folder below `.cache/`, without the runtime.
 */
export function packageFolder(folder: string): URL {
  const runtime = "Deno" in globalThis ? "deno" : "bun";
  return new URL(`../.cache/${folder}-${runtime}/`, import.meta.url);
}

/**
 * Loads a package, and installs it into a folder of its own where it is
 * missing.
 *
 * @param name The package.
 * @param version Its version.
 * @param folder The name of the folder below `.cache/`, without the runtime.
 * @returns The module.
 * @throws {Error} When it cannot be installed or loaded.
 */
export async function installPackage(
  name: string,
  version: string,
  folder: string,
): Promise<unknown> {
  const place = packageFolder(folder);
  const require = createRequire(new URL("package.json", place));
  // Not by trying: Bun remembers that a package was missing.
  if (!existsSync(new URL(`node_modules/${name}/package.json`, place))) {
    await mkdir(place, { recursive: true });
    const manifest = { private: true, dependencies: { [name]: version } };
    await writeFile(new URL("package.json", place), JSON.stringify(manifest));
    const config = { nodeModulesDir: "auto", lock: false };
    await writeFile(new URL("deno.json", place), JSON.stringify(config));
    const installer = "Deno" in globalThis || "Bun" in globalThis
      ? process.execPath
      : "npm";
    await promisify(execFile)(installer, ["install"], {
      cwd: fileURLToPath(place),
      timeout: INSTALL_TIMEOUT_MS,
    });
  }
  return require(name);
}
