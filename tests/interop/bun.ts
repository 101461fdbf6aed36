/**
 * Bun, and the packages that it needs.
 *
 * @module
 */
import { runCommand } from "../../tools/run_command.ts";

/** The Bun that is tested; the same one as in tools/test.ts. */
export const BUN_VERSION = "1.4.5";

const TIMEOUT_MS = 5 * 60_000;

/** Finds the program itself: a wrapper would outlive it when it is killed. */
export async function findBun(): Promise<string> {
  const args = ["-p", "Bun.version + ' ' + process.execPath"];
  for (const bun of [["bun"], ["npx", "--yes", `bun@${BUN_VERSION}`]]) {
    const { success, output } = await runCommand([...bun, ...args], TIMEOUT_MS);
    const path = output.split("\n")
      .find((line) => line.startsWith(`${BUN_VERSION} `))
      ?.slice(BUN_VERSION.length + 1).trim();
    if (!success || !path) continue;
    const install = await runCommand(
      [path, "install", "--frozen-lockfile"],
      TIMEOUT_MS,
    );
    if (install.success) return path;
    throw new Error(`bun install: ${install.end}: ${install.output}`);
  }
  throw new Error(`there is no Bun ${BUN_VERSION}, and npx cannot get it`);
}
