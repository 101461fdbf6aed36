/**
 * Command line flags as gflags has them, which the C++ benchmark uses:
 * `--name=value`, `--name value`, and `--name` alone for a switch.
 *
 * @module
 */

/** The flags of a command line. */
export class Flags {
  readonly #values = new Map<string, string | undefined>();

  /**
   * @param args The command line.
   * @param known The flags that exist, in the words of the C++ benchmark.
   */
  constructor(args: readonly string[], known: readonly string[]) {
    for (let i = 0; i < args.length; i++) {
      const [, name, value] = /^--?([a-z_-]+)(?:=(.*))?$/s.exec(args[i]!) ?? [];
      if (name === undefined || !known.includes(name)) {
        throw new TypeError(
          `Unknown argument ${args[i]}; known are --${known.join(", --")}`,
        );
      }
      const next = args[i + 1];
      if (value === undefined && next !== undefined && !next.startsWith("-")) {
        this.#values.set(name, next);
        i++;
      } else this.#values.set(name, value);
    }
  }

  /** The value of a flag. */
  text<T>(name: string, otherwise: T): string | T {
    return this.#values.get(name) ?? otherwise;
  }

  /** The value of a flag that is a whole number, 0 or more. */
  count(name: string, otherwise: number): number {
    const value = this.#values.get(name);
    if (value === undefined) return otherwise;
    const count = Number(value);
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new RangeError(`--${name} must be 0 or more, got ${value}`);
    }
    return count;
  }

  /** Reports whether a flag is on. */
  on(name: string): boolean {
    return this.#values.has(name) && this.#values.get(name) !== "false";
  }
}
