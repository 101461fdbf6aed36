/** Distinguished Encoding Rules: X.690, sections 8 and 10. */

/** The tags of X.680 that occur in certificates. */
export const TAG = {
  INTEGER: 0x02,
  OCTET_STRING: 0x04,
  OBJECT_IDENTIFIER: 0x06,
  UTF8_STRING: 0x0c,
  NUMERIC_STRING: 0x12,
  PRINTABLE_STRING: 0x13,
  TELETEX_STRING: 0x14,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  BMP_STRING: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

/** Tag of a field with a number of its own in its context. */
export function contextTag(number: number, isConstructed: boolean): number {
  return (isConstructed ? 0xa0 : 0x80) | number;
}

/** Value, as views of its bytes. */
export interface DerValue {
  /** Class, form and number in one byte, as they are on the wire. */
  readonly tag: number;
  /** Contents, without tag and length. */
  readonly contents: Uint8Array;
  /** All of its bytes, with tag and length. */
  readonly encoding: Uint8Array;
}

/** Reads consecutive values. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** @param bytes The values. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** True if all values are read. */
  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /**
   * Reads a value.
   *
   * @param tag Expected tag; any by default.
   * @throws {TypeError} When there is no value, or one with another tag.
   */
  next(tag?: number): DerValue {
    const start = this.#at;
    const found = this.#byte();
    // High tag numbers (8.1.2.4) do not occur in certificates.
    if ((found & 0x1f) === 0x1f) fail("a tag number above 30");
    if (tag !== undefined && found !== tag) {
      fail(`tag ${found} in place of ${tag}`);
    }
    const length = this.#length();
    const begin = this.#at;
    const end = begin + length;
    if (end > this.#bytes.length) fail("a value beyond the end");
    this.#at = end;
    return {
      tag: found,
      contents: this.#bytes.subarray(begin, end),
      encoding: this.#bytes.subarray(start, end),
    };
  }

  /** Reads a value if it is next and has the tag. */
  optional(tag: number): DerValue | undefined {
    return this.#bytes[this.#at] === tag ? this.next() : undefined;
  }

  /** Reads a value that contains others. */
  open(tag: number = TAG.SEQUENCE): DerReader {
    return new DerReader(this.next(tag).contents);
  }

  /** Reads a length in the shortest definite form (sections 8.1.3 and 10.1). */
  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 4) fail("a length of an unknown form");
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + this.#byte();
    return length;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) fail("an end in the middle of a value");
    this.#at++;
    return byte;
  }
}

/**
 * Formats an object identifier in dotted form (8.19).
 *
 * @param contents The contents of its value.
 * @throws {TypeError} When they are cut short.
 */
export function objectIdentifier(contents: Uint8Array): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of contents) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    if (arcs.length === 0) {
      const first = Math.min(2, Math.floor(arc / 40));
      arcs.push(first, arc - 40 * first);
    } else arcs.push(arc);
    arc = 0;
  }
  if (contents.length === 0 || contents.at(-1)! & 0x80) {
    fail("an object identifier without an end");
  }
  return arcs.join(".");
}

/**
 * Throws the error of bytes that cannot be read.
 *
 * @throws {TypeError} Always.
 */
export function fail(problem: string): never {
  throw new TypeError(`Cannot read certificate: ${problem}`);
}
