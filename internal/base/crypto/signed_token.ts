/** Values that another party keeps and cannot forge. */

import { decodeBase64, encodeBase64Url } from "../base64.ts";
import { concatBytes, toBytes } from "../bytes.ts";
import { type Hmac, hmacOf } from "./hmac.ts";

/** Length of a digest, and the smallest useful length of a key (RFC 2104, section 3), in bytes. */
const LEAST_KEY_BYTES = 32;

/** Options of {@linkcode SignedTokens}. */
interface SigningKeys {
  /**
   * Keys of 32 bytes or more; text counts as UTF-8. The first key signs. All of them are accepted,
   * so that a key can be replaced while values signed by the old one are still in use.
   */
  readonly keys: readonly (string | Uint8Array)[];
  /** Purpose of the values: a value signed for one purpose is rejected for another. */
  readonly purpose: string;
}

/** Signs values that expire, and opens them again. */
export class SignedTokens {
  readonly #purpose: Uint8Array;
  readonly #keys: readonly Hmac[];

  /**
   * @throws {RangeError} When there is no key, or a key is too short.
   */
  constructor({ keys, purpose }: SigningKeys) {
    if (keys.length === 0) {
      throw new RangeError("Cannot use option keys: the list is empty");
    }
    this.#purpose = toBytes(`${purpose}\0`);
    this.#keys = keys.map((key) => hmacOf(checkedKey(key)));
  }

  /**
   * Signs a value.
   *
   * @param payload The value. It is signed, not encrypted: the holder can read it.
   * @param expiresAt Time at which it expires, in milliseconds since the epoch.
   * @returns Text of letters, digits, "-", "_" and one ".".
   */
  async sign(payload: Uint8Array, expiresAt: number): Promise<string> {
    const start = this.#purpose.byteLength;
    const signed = new Uint8Array(start + 8 + payload.byteLength);
    signed.set(this.#purpose);
    const time = BigInt(Math.ceil(expiresAt));
    new DataView(signed.buffer).setBigInt64(start, time);
    signed.set(payload, start + 8);
    const mac = await this.#keys[0]!(signed);
    return `${encodeBase64Url(signed.subarray(start))}.${mac}`;
  }

  /**
   * Opens a text that `sign` returned.
   *
   * @param text The text.
   * @returns The value, or `undefined` if the text is malformed, forged or expired.
   */
  async open(text: string): Promise<Uint8Array | undefined> {
    const [, first, second] = /^([\w-]+)\.([\w-]+)$/.exec(text) ?? [];
    if (first === undefined || second === undefined) return undefined;
    let value: Uint8Array;
    try {
      value = decodeBase64(first);
    } catch {
      return undefined;
    }
    if (value.byteLength < 8 || !await this.#isSigned(value, second)) {
      return undefined;
    }
    const expiresAt = new DataView(value.buffer).getBigInt64(0);
    return expiresAt > BigInt(Date.now()) ? value.subarray(8) : undefined;
  }

  async #isSigned(value: Uint8Array, mac: string): Promise<boolean> {
    const signed = new Uint8Array(concatBytes([this.#purpose, value]));
    for (const key of this.#keys) {
      if (areEqual(mac, await key(signed))) return true;
    }
    return false;
  }
}

/** Makes a random key. */
export function randomKey(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(LEAST_KEY_BYTES));
}

/** Compares two digests in a time that does not depend on the position of a difference. */
function areEqual(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) {
    difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  }
  return difference === 0;
}

function checkedKey(key: string | Uint8Array): Uint8Array<ArrayBuffer> {
  if (typeof key !== "string" && !(key instanceof Uint8Array)) {
    throw new TypeError(
      "Cannot use option keys: a key is neither text nor bytes",
    );
  }
  const bytes = new Uint8Array(toBytes(key));
  if (bytes.byteLength < LEAST_KEY_BYTES) {
    // A secret has no place in an error text.
    throw new RangeError(
      `Cannot use option keys: a key of ${bytes.byteLength} bytes is shorter than ${LEAST_KEY_BYTES}`,
    );
  }
  return bytes;
}
