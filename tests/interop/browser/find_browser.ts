/**
 * Finding a browser: none is downloaded.
 *
 * @module
 */
import { runCommand } from "../../../tools/run_command.ts";

/** Names that Chromium has, in the order in which they are tried. */
const NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
];

/** Starting it once. */
const TIMEOUT_MS = 30_000;

/** A browser, or the reason why there is none. */
export type Browser =
  | { readonly path: string; readonly version: string }
  | { readonly problem: string };

/** Finds Chromium; the variable `FLIGHT_CHROMIUM` names another one. */
export async function findBrowser(): Promise<Browser> {
  const given = Deno.env.get("FLIGHT_CHROMIUM");
  for (const name of given ? [given] : NAMES) {
    const { success, output } = await runCommand(
      ["sh", "-c", 'command -v -- "$0" && "$0" --version', name],
      TIMEOUT_MS,
    );
    const [path = "", ...rest] = output.trim().split("\n");
    const version = /[A-Z]\w+ (?:\w+ )?[\d.]+\d/.exec(rest.join("\n"))?.[0];
    if (success && version !== undefined) return { path, version };
  }
  return { problem: `none of ${given ?? NAMES.join(", ")} runs` };
}
