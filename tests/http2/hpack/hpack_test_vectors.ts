/** Values that the tests of HPACK share. */

import { seededRandom } from "../../support/seeded_random.ts";
import type { Header } from "../../../internal/http2/hpack/header.ts";

/** A header that is given as `name: value`, as in RFC 7541, appendix C. */
export function header(line: string): Header {
  const colon = line.indexOf(": ", 1);
  return [line.slice(0, colon), line.slice(colon + 2)];
}

/** Bytes from hexadecimal digits and spaces. */
export function hex(digits: string): Uint8Array {
  const pairs = digits.replace(/\s/g, "").match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => parseInt(pair, 16));
}

/** One array from several. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Headers that try every way through the encoder. */
export class RandomHeaders {
  readonly #random: () => number;
  static readonly #names = [
    ":authority",
    ":path",
    ":status",
    "authorization",
    "content-type",
    "cookie",
    "grpc-status",
    "grpc-timeout",
    "te",
    "user-agent",
    "x-a",
    "x-b-bin",
    "x-secret",
  ];
  static readonly #values = [
    "",
    "0",
    "200",
    "/",
    "trailers",
    "application/grpc",
  ];

  /** @param seed Decides everything. */
  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** An integer from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  /** Some octets, mostly few. */
  octets(): string {
    const ascii = this.below(2) === 0;
    const length = this.below(8) === 0 ? this.below(3000) : this.below(40);
    return Array.from(
      { length },
      () =>
        String.fromCharCode(ascii ? 0x20 + this.below(95) : this.below(256)),
    ).join("");
  }

  /** A list of up to 12 headers. */
  list(): Header[] {
    return Array.from({ length: this.below(13) }, () => {
      const name = this.below(10) === 0
        ? this.octets()
        : RandomHeaders.#names[this.below(RandomHeaders.#names.length)]!;
      const value = this.below(2) === 0
        ? this.octets()
        : RandomHeaders.#values[this.below(RandomHeaders.#values.length)]!;
      return [name, value] as const;
    });
  }
}
