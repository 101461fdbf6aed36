/**
 * Contents of deno.json that the checks need.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };

/** The root of the repository, as a URL that ends in a slash. */
export const ROOT: string = new URL("../", import.meta.url).href;

/** Every entry point: its name for importers, and its file from the root. */
export const ENTRY_POINTS: readonly { name: string; path: string }[] = Object
  .entries(config.exports)
  .map(([name, path]) => ({ name, path: path.replace(/^\.\//, "") }));

/**
 * Runs a Deno sub-command that prints JSON, from the root.
 *
 * @param args The arguments of Deno.
 * @returns The parsed output.
 * @throws {Error} When the command fails.
 */
export async function denoJson<T>(...args: string[]): Promise<T> {
  const output = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: new URL(ROOT),
  }).output();
  if (!output.success) {
    throw new Error(
      `deno ${args.join(" ")}: ${new TextDecoder().decode(output.stderr)}`,
    );
  }
  return JSON.parse(new TextDecoder().decode(output.stdout));
}
