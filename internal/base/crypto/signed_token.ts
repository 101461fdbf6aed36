/** Values that somebody else keeps, and cannot forge: HMAC-SHA-256 (RFC 2104) by Web Crypto. */

import { decodeBase64, encodeBase64 } from "../base64.ts";
import { concatBytes, toBytes } from "../bytes.ts";

/** The length of a digest, and the least of a key that is worth it (RFC 2104, section 3). */
const LEAST_KEY_BYTES = 32;

const ALGORITHM = { name: "HMAC", hash: "SHA-256" } as const;

/** What a signature is made with. */
export interface SigningKeys {
  /**
   * Keys of 32 bytes or more; text counts as UTF-8. The first signs, all of them are accepted, so that
   * a key can be replaced while values of the old one are still around.
   */
  readonly keys: readonly (string | Uint8Array)[];
  /** What the values are for: those for one purpose are not accepted for another. */
  readonly purpose: string;
}

/** Signs values that end at some time, and opens them again. */
export class SignedTokens {
  readonly #purpose: Uint8Array;
  readonly #keys: readonly Promise<CryptoKey>[];

  /**
   * @throws {RangeError} When there is no key, or a key is too short.
   */
  constructor({ keys, purpose }: SigningKeys) {
    if (keys.length === 0) {
      throw new RangeError("Cannot use option keys: there is none");
    }
    this.#purpose = toBytes(`${purpose}\0`);
    this.#keys = keys.map((key) => importKey(key));
  }

  /**
   * Signs a value.
   *
   * @param payload The value; whoever gets it can read it.
   * @param expiresAt When it ends, in milliseconds since the epoch.
   * @returns Text of letters, digits, "-", "_" and one ".".
   */
  async sign(payload: Uint8Array, expiresAt: number): Promise<string> {
    const value = new Uint8Array(8 + payload.byteLength);
    new DataView(value.buffer).setBigUint64(0, BigInt(Math.ceil(expiresAt)));
    value.set(payload, 8);
    const mac = await crypto.subtle.sign(
      ALGORITHM,
      await this.#keys[0]!,
      this.#signed(value),
    );
    return `${base64Url(value)}.${base64Url(new Uint8Array(mac))}`;
  }

  /**
   * Opens what `sign` gave.
   *
   * @param text The text.
   * @returns The value, or `undefined` where the text is none, is forged, or has ended.
   */
  async open(text: string): Promise<Uint8Array | undefined> {
    const [, first, second] = /^([\w-]+)\.([\w-]+)$/.exec(text) ?? [];
    if (first === undefined || second === undefined) return undefined;
    let value: Uint8Array;
    let mac: Uint8Array;
    try {
      [value, mac] = [decodeBase64(first), decodeBase64(second)];
    } catch {
      return undefined;
    }
    if (value.byteLength < 8 || !await this.#isSigned(value, mac)) {
      return undefined;
    }
    const expiresAt = new DataView(value.buffer).getBigUint64(0);
    return expiresAt > BigInt(Date.now()) ? value.subarray(8) : undefined;
  }

  async #isSigned(value: Uint8Array, mac: Uint8Array): Promise<boolean> {
    const signed = this.#signed(value);
    for (const key of this.#keys) {
      // Takes the same time wherever the two differ.
      const isValid = await crypto.subtle.verify(
        ALGORITHM,
        await key,
        new Uint8Array(mac),
        signed,
      );
      if (isValid) return true;
    }
    return false;
  }

  #signed(value: Uint8Array): Uint8Array<ArrayBuffer> {
    return new Uint8Array(concatBytes([this.#purpose, value]));
  }
}

/** A key that nobody knows. */
export function randomKey(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(LEAST_KEY_BYTES));
}

function importKey(key: string | Uint8Array): Promise<CryptoKey> {
  if (typeof key !== "string" && !(key instanceof Uint8Array)) {
    throw new TypeError("Cannot use option keys: a key is text or bytes");
  }
  const bytes = new Uint8Array(toBytes(key));
  if (bytes.byteLength < LEAST_KEY_BYTES) {
    // What it is does not belong into a text.
    throw new RangeError(
      `Cannot use option keys: a key has ${bytes.byteLength} bytes, and needs ${LEAST_KEY_BYTES}`,
    );
  }
  return crypto.subtle.importKey("raw", bytes, ALGORITHM, false, [
    "sign",
    "verify",
  ]);
}

function base64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_");
}
