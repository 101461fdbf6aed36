/**
 * A temporary folder that does not outlive the process.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** A new folder. It is removed with this object, or when the process exits. */
export class ScratchFolder implements Disposable {
  readonly path: string;
  readonly #remove = (): void =>
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });

  /** @param prefix The beginning of its name. */
  constructor(prefix: string) {
    this.path = mkdtempSync(join(tmpdir(), prefix));
    process.on("exit", this.#remove);
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#remove);
    this.#remove();
  }
}

/** Makes an interrupted process exit, so that all that it has made goes with it. */
export function exitOnSignals(): void {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    process.once(signal, () => process.exit(code));
  }
}
