/**
 * The configuration for commands that load `@std/assert`, which comes from JSR: `deno.json`, or
 * `deno.offline.json` where JSR cannot be reached, which is written then. The variable `FLIGHT_JSR` decides, by `online` or
 * `offline`; without it, one attempt to load the package does.
 *
 * @module
 */
import { OFFLINE_CONFIG, writeOfflineConfig } from "./offline_config.ts";
import { runCommand } from "./run_command.ts";

/** Variable that the commands of a run hand on to each other. */
const VARIABLE = "FLIGHT_JSR";

/** Longest attempt: a network may drop what it does not let through. */
const ATTEMPT_TIMEOUT_MS = 30_000;

/**
 * Decides for this process and all that it starts.
 *
 * @throws {TypeError} When the variable has another value.
 */
export async function chooseDenoConfig(): Promise<void> {
  const given = Deno.env.get(VARIABLE);
  if (given !== undefined && given !== "online" && given !== "offline") {
    throw new TypeError(`${VARIABLE} must be online or offline: ${given}`);
  }
  if (given === "offline") await writeOfflineConfig();
  if (given !== undefined) return;
  const { success, output } = await runCommand(
    [Deno.execPath(), "eval", "--quiet", 'import "@std/assert";'],
    ATTEMPT_TIMEOUT_MS,
  );
  Deno.env.set(VARIABLE, success ? "online" : "offline");
  if (success) return;
  await writeOfflineConfig();
  const reason = /^error: (.*)$/m.exec(output)?.[1] ?? "no answer";
  console.log(`using ${OFFLINE_CONFIG}, because JSR is missing: ${reason}`);
}

/** Returns the options of Deno for the configuration that was chosen. */
export function denoConfigOptions(): string[] {
  return Deno.env.get(VARIABLE) === "offline"
    ? ["--config", OFFLINE_CONFIG]
    : [];
}
