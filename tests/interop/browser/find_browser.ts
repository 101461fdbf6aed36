/**
 * Finding a browser: none is downloaded.
 *
 * @module
 */
import { runCommand } from "../../../tools/run_command.ts";

/** Names of the programs, in the order in which they are tried. */
const NAMES = {
  chromium: [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
  ],
  firefox: ["firefox-esr", "firefox"],
} as const;

/** Variables that name another program. */
const VARIABLES = {
  chromium: "FLIGHT_CHROMIUM",
  firefox: "FLIGHT_FIREFOX",
} as const;

/** Starting it once. */
const TIMEOUT_MS = 30_000;

/** A browser, or the reason why there is none. */
export type Browser =
  | { readonly path: string; readonly version: string }
  | { readonly problem: string };

/** Finds a browser; the variables `FLIGHT_CHROMIUM` and `FLIGHT_FIREFOX` name other programs. */
export async function findBrowser(
  kind: keyof typeof NAMES = "chromium",
): Promise<Browser> {
  const given = Deno.env.get(VARIABLES[kind]);
  const names = given ? [given] : NAMES[kind];
  for (const name of names) {
    const { success, output } = await runCommand(
      ["sh", "-c", 'command -v -- "$0" && "$0" --version', name],
      TIMEOUT_MS,
    );
    const [path = "", ...rest] = output.trim().split("\n");
    const version = /[A-Z]\w+ (?:\w+ )?[\d.]+\d/.exec(rest.join("\n"))?.[0];
    if (success && version !== undefined) return { path, version };
  }
  return { problem: `none of ${names.join(", ")} runs` };
}
