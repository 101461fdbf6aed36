/** Call metadata, which Flight calls headers and trailers. */

import { decodeBase64 } from "../base/base64.ts";
import { valueName } from "../base/value_name.ts";
import { showAs } from "./inspect.ts";
import { visibleHeaders } from "./visible_headers.ts";

/** Values of which {@linkcode FlightHeaders} can be made. */
export type FlightHeadersInit =
  | FlightHeaders
  | Iterable<readonly [name: string, value: string | Uint8Array]>
  | Readonly<
    Record<string, string | Uint8Array | readonly (string | Uint8Array)[]>
  >;

/**
 * Stored entry. A string under a name that ends in `-bin` came from the wire: base64, several
 * values separated by commas. It is decoded only when it is read, because a peer can send much of
 * it that is invalid.
 */
type Entry = readonly [name: string, value: string | Uint8Array];

let received: (entries: Entry[]) => FlightHeaders;

/**
 * A multi-map of call metadata: names are lower case, values are printable ASCII text, or bytes
 * where the name ends in `-bin`. Order is kept. Consoles show the entries, but hide the values of
 * names that usually hold secrets, such as `authorization` and `cookie`.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export class FlightHeaders implements Iterable<[string, string | Uint8Array]> {
  #entries: Entry[] = [];

  static {
    received = (entries) => {
      const headers = new FlightHeaders();
      headers.#entries = entries;
      return headers;
    };
    showAs(FlightHeaders.prototype, () => "FlightHeaders", visibleHeaders);
  }

  /**
   * Makes headers.
   *
   * @param init Initial entries: pairs, a record, or other headers (copied).
   * @throws {TypeError} When a name or a value is not valid metadata.
   */
  constructor(init?: FlightHeadersInit) {
    if (init === undefined) return;
    if (typeof init !== "object" || init === null) {
      throw new TypeError(
        "Cannot use headers: they are neither pairs nor a record",
      );
    }
    if (init instanceof FlightHeaders) this.#entries = [...init.#entries];
    else if (Symbol.iterator in init) {
      for (
        const pair of init as Iterable<readonly [string, string | Uint8Array]>
      ) {
        if (!Array.isArray(pair) || pair.length !== 2) {
          throw new TypeError(
            "Cannot use headers: each element is a name and a value",
          );
        }
        this.append(pair[0], pair[1]);
      }
    } else {
      for (const [name, value] of Object.entries(init)) {
        if (!Array.isArray(value)) {
          this.append(name, value as string | Uint8Array);
          continue;
        }
        for (const one of value) this.append(name, one);
      }
    }
  }

  /** Number of entries. */
  get size(): number {
    let size = 0;
    for (const [name, value] of this.#entries) {
      size += isEncoded(name, value) ? countParts(value as string) : 1;
    }
    return size;
  }

  /**
   * Returns the first text value of `name`. Unlike `get` of web headers it does not join several values:
   * a value may have commas of its own. `getAll` returns all of them.
   *
   * @param name Header name, in any case.
   * @returns The value, or `undefined` if there is none.
   * @throws {TypeError} When `name` ends in `-bin`: `getBinary` returns its bytes.
   */
  get(name: string): string | undefined {
    const key = name.toLowerCase();
    if (isBinaryName(key)) {
      throw new TypeError(
        `Cannot get "${key}" as text: use getBinary() for a "-bin" header`,
      );
    }
    return this.#find(key) as string | undefined;
  }

  /**
   * Returns the first binary value of `name`, which ends in `-bin`.
   *
   * @param name Header name, in any case.
   * @returns The bytes, or `undefined` if there are none.
   * @throws {TypeError} When `name` does not end in `-bin`: `get` returns its text.
   */
  getBinary(name: string): Uint8Array | undefined {
    const key = name.toLowerCase();
    if (!isBinaryName(key)) {
      throw new TypeError(
        `Cannot get "${key}" as bytes: use get(), since its name does not end in "-bin"`,
      );
    }
    const value = this.#find(key);
    return typeof value === "string"
      ? decodedParts(value).next().value!
      : value;
  }

  /**
   * Returns all values of `name`, in order.
   *
   * @param name Header name, in any case.
   * @returns A new array, possibly empty.
   */
  getAll(name: string): (string | Uint8Array)[] {
    const key = name.toLowerCase();
    const values: (string | Uint8Array)[] = [];
    for (const [n, value] of this.#entries) {
      if (n !== key) continue;
      if (isEncoded(n, value)) values.push(...decodedParts(value as string));
      else values.push(value);
    }
    return values;
  }

  /**
   * Reports whether there is an entry with the name `name`.
   *
   * @param name Header name, in any case.
   * @returns True if there is at least one.
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
   * @throws {TypeError} When name or value is not valid metadata.
   */
  set(name: string, value: string | Uint8Array): this {
    const entry = checkEntry(name, value);
    this.delete(name);
    this.#entries.push(entry);
    return this;
  }

  /**
   * Adds a value after the existing ones of `name`.
   *
   * @param name Header name, in any case.
   * @param value Printable ASCII text, or bytes for a name that ends in `-bin`.
   * @returns These headers.
   * @throws {TypeError} When name or value is not valid metadata.
   */
  append(name: string, value: string | Uint8Array): this {
    this.#entries.push(checkEntry(name, value));
    return this;
  }

  /**
   * Removes all values of `name`.
   *
   * @param name Header name, in any case.
   * @returns True if there were any.
   */
  delete(name: string): boolean {
    const key = name.toLowerCase();
    const before = this.#entries.length;
    this.#entries = this.#entries.filter(([n]) => n !== key);
    return this.#entries.length !== before;
  }

  /**
   * Iterates over the entries in order, with names in lower case. A name with several values has an
   * entry for each; nothing is sorted or joined.
   *
   * @returns An iterator over name and value.
   */
  entries(): IterableIterator<[string, string | Uint8Array]> {
    return decodedEntries([...this.#entries]);
  }

  /**
   * Iterates over the names of the entries, in order and in lower case; one with several values comes
   * several times.
   *
   * @returns An iterator over the names.
   */
  *keys(): IterableIterator<string> {
    for (const [name] of this.entries()) yield name;
  }

  /**
   * Iterates over the values of the entries, in order.
   *
   * @returns An iterator over the values.
   */
  *values(): IterableIterator<string | Uint8Array> {
    for (const [, value] of this.entries()) yield value;
  }

  /**
   * Calls a function for each entry, in order.
   *
   * @param callback Gets value, name and these headers, as that of web headers does.
   */
  forEach(
    callback: (
      value: string | Uint8Array,
      name: string,
      headers: FlightHeaders,
    ) => void,
  ): void {
    for (const [name, value] of this) callback(value, name, this);
  }

  /**
   * Iterates over the entries: see `entries`.
   *
   * @returns An iterator over name and value.
   */
  [Symbol.iterator](): IterableIterator<[string, string | Uint8Array]> {
    return this.entries();
  }

  #find(key: string): string | Uint8Array | undefined {
    return this.#entries.find(([name]) => name === key)?.[1];
  }
}

/**
 * Wraps headers that came from a peer; nothing is copied or decoded.
 *
 * @param entries Names and values as they are on the wire, already checked by {@linkcode
 * isHeaderName}, {@linkcode isHeaderText}, and `isBase64` for each value of a `-bin` header.
 */
export function receivedHeaders(
  entries: (readonly [name: string, value: string])[],
): FlightHeaders {
  return received(entries);
}

/** Reports whether gRPC allows a name, given in lower case. */
export function isHeaderName(name: string): boolean {
  return /^[0-9a-z_.-]+$/.test(name);
}

/** Reports whether the values of `name`, given in lower case, are binary. */
export function isBinaryName(name: string): boolean {
  return name.endsWith("-bin");
}

/** Reports whether a value is printable ASCII. */
export function isHeaderText(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value);
}

function isEncoded(name: string, value: string | Uint8Array): boolean {
  return typeof value === "string" && isBinaryName(name);
}

/** Counts the values in an encoded one. */
export function countParts(encoded: string): number {
  let parts = 1;
  let comma = encoded.indexOf(",");
  for (; comma >= 0; comma = encoded.indexOf(",", comma + 1)) parts++;
  return parts;
}

function* decodedParts(encoded: string): Generator<Uint8Array, undefined> {
  for (let start = 0; start <= encoded.length;) {
    const comma = encoded.indexOf(",", start);
    const end = comma < 0 ? encoded.length : comma;
    yield decodeBase64(encoded.slice(start, end).trim());
    start = end + 1;
  }
}

function* decodedEntries(
  entries: readonly Entry[],
): Generator<[string, string | Uint8Array], undefined> {
  for (const [name, value] of entries) {
    if (isEncoded(name, value)) {
      for (const part of decodedParts(value as string)) yield [name, part];
    } else yield [name, value];
  }
}

function checkEntry(
  name: string,
  value: string | Uint8Array,
): Entry {
  const key = String(name).toLowerCase();
  if (!isHeaderName(key)) {
    throw new TypeError(
      `Cannot set header ${
        JSON.stringify(name)
      }: a name consists of letters, digits, "_", "-" and "."`,
    );
  }
  if (isBinaryName(key)) {
    if (!(value instanceof Uint8Array)) {
      throw new TypeError(
        `Cannot set header "${key}": the value of a "-bin" header is a Uint8Array`,
      );
    }
  } else if (typeof value !== "string") {
    throw new TypeError(
      `Cannot set header "${key}": the value is ${
        valueName(value)
      }, not text; bytes are for a "-bin" header`,
    );
  } else if (!isHeaderText(value)) {
    // The value may be a secret, so the message does not show it.
    throw new TypeError(
      `Cannot set header "${key}": the value is not printable ASCII; use a "-bin" header`,
    );
  }
  return [key, value];
}
