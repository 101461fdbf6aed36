/**
 * Parts of this package that a page loads when it first needs them. Entry points for other platforms
 * put the code of all parts in place, so that nothing has to be loaded there.
 */

import { handled } from "../base/handled.ts";
import { FlightError } from "./flight_error.ts";

/**
 * Part of the package.
 *
 * @typeParam T What its module exports.
 */
export class Part<T> {
  readonly #name: string;
  #load: (() => Promise<T>) | undefined;
  #value: T | undefined;

  /**
   * Describes a part that is not there yet.
   *
   * @param name Its purpose, for errors.
   */
  constructor(name: string) {
    this.#name = name;
  }

  /** Has the part loaded by `load` when it is needed. */
  loadBy(load: () => Promise<T>): void {
    this.#load = load;
  }

  /** The code of the part; `undefined` if it was not loaded. */
  get value(): T | undefined {
    return this.#value;
  }

  /** Puts code in place that was loaded already. */
  put(value: T): void {
    this.#value = value;
  }

  /**
   * Returns the code of the part.
   *
   * @throws {MissingPart} When it was not loaded: see {@linkcode lately}.
   */
  needed(): T {
    if (this.#value === undefined) throw new MissingPart(this);
    return this.#value;
  }

  /**
   * Loads the part, unless it was loaded. After a failure the next call tries it again.
   *
   * @throws {FlightError} UNAVAILABLE when it cannot be loaded.
   */
  async load(): Promise<void> {
    if (this.#value !== undefined) return;
    try {
      if (this.#load === undefined) throw new Error("nothing loads it");
      this.#value = await this.#load();
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new FlightError(
        "UNAVAILABLE",
        `the part of this package for ${this.#name} could not be loaded: ${problem}`,
        { origin: "local", cause },
      );
    }
  }
}

/** Thrown where a part is needed that was not loaded; it never leaves this package. */
export class MissingPart extends Error {
  /** The part. */
  readonly part: Part<unknown>;

  /** Names `part`. */
  constructor(part: Part<unknown>) {
    super("a part of this package was not loaded");
    this.part = part;
  }
}

/** A value that is there at once if the parts that it needs are. */
export type Late<R> = R | Promise<R>;

/**
 * Runs a function that needs parts: at once if they were loaded, otherwise when they are. It may run
 * several times, so it must have no effect before it has got its parts.
 *
 * @returns Its result; or a promise of it, which may have no listener.
 * @throws {FlightError} UNAVAILABLE, by the promise, when a part cannot be loaded.
 */
export function lately<R>(run: () => R): Late<R> {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof MissingPart)) throw error;
    return handled(error.part.load().then(() => lately(run)));
  }
}
