/** Lines that were typed at the prompt, in a file. */

import { appendFile, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Most lines that are kept in memory. */
const MAX_LINES = 1000;

/** The file: that of the environment, else one in the home folder. */
function historyFile(): string {
  return process.env.FLIGHT_HISTORY ?? join(homedir(), ".flight_history");
}

/** Reads the history, the latest line first, as node:readline wants it. */
export async function readHistory(): Promise<string[]> {
  const text = await readFile(historyFile(), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "").slice(-MAX_LINES)
    .reverse();
}

/** Adds a line. A history that cannot be written is no reason to stop. */
export async function addToHistory(line: string): Promise<void> {
  if (line.trim() === "") return;
  await appendFile(historyFile(), `${line}\n`, { mode: 0o600 }).catch(() => {});
}
