/**
 * Events of calls, which other calls can query.
 *
 * @module
 */
import { FlightError } from "../../../mod.ts";

/** Longest wait for something that a client does next. */
const PATIENCE_MS = 30_000;

/** Events by name. */
export class Events {
  readonly #values = new Map<string, unknown>();
  readonly #waiting = new Set<() => void>();

  /** Tells everyone who waits for it. */
  set(name: string, value: unknown): void {
    this.#values.set(name, value);
    for (const check of [...this.#waiting]) check();
  }

  /** The latest value, or null. */
  get(name: string): unknown {
    return this.#values.get(name) ?? null;
  }

  /** Waits for an event. */
  wait(name: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!this.#values.has(name)) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(this.#values.get(name));
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(
          new FlightError("DEADLINE_EXCEEDED", `${name} did not happen`),
        );
      }, PATIENCE_MS);
      this.#waiting.add(check);
      check();
    });
  }
}
