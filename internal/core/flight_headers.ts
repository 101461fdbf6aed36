/** Call metadata: what gRPC calls metadata and Flight calls headers and trailers. */

/** A text value, or bytes where the name ends in `-bin`. */
export type FlightHeaderValue = string | Uint8Array;

/** What {@linkcode FlightHeaders} can be made of. */
export type FlightHeadersInit =
  | FlightHeaders
  | Iterable<readonly [name: string, value: FlightHeaderValue]>
  | Readonly<Record<string, FlightHeaderValue | readonly FlightHeaderValue[]>>;

/**
 * A multi-map of call metadata: names are lower case, values are printable ASCII text, or bytes
 * where the name ends in `-bin`. Order is kept.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export class FlightHeaders implements Iterable<[string, FlightHeaderValue]> {
  #entries: [string, FlightHeaderValue][] = [];

  /**
   * Makes headers.
   *
   * @param init Initial entries: pairs, a record, or other headers (copied).
   * @throws {TypeError} When a name or a value is not valid metadata.
   */
  constructor(init?: FlightHeadersInit) {
    if (init === undefined) return;
    if (Symbol.iterator in init) {
      for (
        const [name, value] of init as Iterable<
          readonly [string, FlightHeaderValue]
        >
      ) {
        this.append(name, value);
      }
    } else {
      for (const [name, value] of Object.entries(init)) {
        if (typeof value === "string" || value instanceof Uint8Array) {
          this.append(name, value);
        } else {for (const one of value as readonly FlightHeaderValue[]) {
            this.append(name, one);
          }}
      }
    }
  }

  /** How many entries there are. */
  get size(): number {
    return this.#entries.length;
  }

  /**
   * The first text value of `name`.
   *
   * @param name Header name, in any case.
   * @returns The value, or `undefined` where there is none or it is binary.
   */
  get(name: string): string | undefined {
    return this.getAll(name).find((value) => typeof value === "string");
  }

  /**
   * The first binary value of `name`, which ends in `-bin`.
   *
   * @param name Header name, in any case.
   * @returns The bytes, or `undefined` where there are none.
   */
  getBinary(name: string): Uint8Array | undefined {
    return this.getAll(name).find((value) => typeof value !== "string");
  }

  /**
   * All values of `name`, in order.
   *
   * @param name Header name, in any case.
   * @returns A fresh array, possibly empty.
   */
  getAll(name: string): FlightHeaderValue[] {
    const key = name.toLowerCase();
    return this.#entries.filter(([n]) => n === key).map(([, value]) => value);
  }

  /**
   * Whether there is an entry called `name`.
   *
   * @param name Header name, in any case.
   * @returns True when there is at least one.
   */
  has(name: string): boolean {
    const key = name.toLowerCase();
    return this.#entries.some(([n]) => n === key);
  }

  /**
   * Replaces all values of `name` by one.
   *
   * @param name Header name, in any case.
   * @param value Printable ASCII text, or bytes for a name that ends in `-bin`.
   * @returns These headers.
   * @throws {TypeError} When name or value are not valid metadata.
   */
  set(name: string, value: FlightHeaderValue): this {
    const entry = checkEntry(name, value);
    this.delete(name);
    this.#entries.push(entry);
    return this;
  }

  /**
   * Adds a value, after those that `name` already has.
   *
   * @param name Header name, in any case.
   * @param value Printable ASCII text, or bytes for a name that ends in `-bin`.
   * @returns These headers.
   * @throws {TypeError} When name or value are not valid metadata.
   */
  append(name: string, value: FlightHeaderValue): this {
    this.#entries.push(checkEntry(name, value));
    return this;
  }

  /**
   * Removes all values of `name`.
   *
   * @param name Header name, in any case.
   * @returns Whether there were any.
   */
  delete(name: string): boolean {
    const key = name.toLowerCase();
    const before = this.#entries.length;
    this.#entries = this.#entries.filter(([n]) => n !== key);
    return this.#entries.length !== before;
  }

  /**
   * The entries in order, names in lower case.
   *
   * @returns An iterator over name and value.
   */
  [Symbol.iterator](): IterableIterator<[string, FlightHeaderValue]> {
    return this.#entries.map((
      [name, value],
    ): [string, FlightHeaderValue] => [name, value]).values();
  }
}

function checkEntry(
  name: string,
  value: FlightHeaderValue,
): [string, FlightHeaderValue] {
  const key = String(name).toLowerCase();
  if (!/^[0-9a-z_.-]+$/.test(key)) {
    throw new TypeError(
      `Cannot set header ${
        JSON.stringify(name)
      }: a name consists of letters, digits, "_", "-" and "."`,
    );
  }
  if (key.endsWith("-bin")) {
    if (!(value instanceof Uint8Array)) {
      throw new TypeError(
        `Cannot set header "${key}": the value of a "-bin" header is a Uint8Array`,
      );
    }
  } else if (typeof value !== "string") {
    throw new TypeError(
      `Cannot set header "${key}": only a "-bin" header has a binary value`,
    );
  } else if (!/^[\x20-\x7e]*$/.test(value)) {
    // The value may be a secret: it is not part of the message.
    throw new TypeError(
      `Cannot set header "${key}": the value is not printable ASCII; use a "-bin" header`,
    );
  }
  return [key, value];
}
