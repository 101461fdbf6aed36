/**
 * Packages of npm that tests need beside those of deno.json: programs, and what other people wrote.
 *
 * @module
 */
import { ROOT } from "./deno_json.ts";
import { runCommand } from "./run_command.ts";

/** The folder in which they were installed, or the reason why not. */
export type InstalledPackages =
  | { readonly folder: string }
  | { readonly problem: string };

/** Downloading them is part of it. */
const INSTALL_TIMEOUT_MS = 5 * 60_000;

/**
 * Finds packages, and lets npm install them if they are missing.
 *
 * @param folder A new folder of their own, from the root; changes with the versions.
 * @param packages Their versions by their names.
 * @returns The folder that has `node_modules`.
 */
export async function npmPackages(
  folder: string,
  packages: Readonly<Record<string, string>>,
): Promise<InstalledPackages> {
  const path = decodeURIComponent(new URL(folder, ROOT).pathname);
  if (await Deno.stat(path).catch(() => undefined)) return { folder: path };
  console.log(`installing ${Object.keys(packages).join(", ")}`);
  // Renamed at the end, so that what is there is complete.
  const unfinished = `${path}.${Deno.pid}`;
  await Deno.mkdir(unfinished, { recursive: true });
  await Deno.writeTextFile(
    `${unfinished}/package.json`,
    JSON.stringify({ private: true, dependencies: packages }),
  );
  const { success, end, output } = await runCommand(
    ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"],
    INSTALL_TIMEOUT_MS,
    unfinished,
  );
  if (success) {
    await Deno.rename(unfinished, path);
    return { folder: path };
  }
  await Deno.remove(unfinished, { recursive: true });
  return { problem: `npm install: ${end}: ${output.trim().slice(-300)}` };
}
