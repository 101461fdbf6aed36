/** Values that another party keeps and cannot forge: HMAC-SHA-256 (RFC 2104) by Web Crypto. */

import { decodeBase64, encodeBase64 } from "../base64.ts";
import { concatBytes, toBytes } from "../bytes.ts";

/** Length of a digest, and the smallest useful length of a key (RFC 2104, section 3), in bytes. */
const LEAST_KEY_BYTES = 32;

const ALGORITHM = { name: "HMAC", hash: "SHA-256" } as const;

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
  readonly #keys: readonly Promise<CryptoKey>[];

  /**
   * @throws {RangeError} When there is no key, or a key is too short.
   */
  constructor({ keys, purpose }: SigningKeys) {
    if (keys.length === 0) {
      throw new RangeError("Cannot use option keys: the list is empty");
    }
    this.#purpose = toBytes(`${purpose}\0`);
    this.#keys = keys.map((key) => importKey(key));
  }

  /**
   * Signs a value.
   *
   * @param payload The value. It is signed, not encrypted: the holder can read it.
   * @param expiresAt Time at which it expires, in milliseconds since the epoch.
   * @returns Text of letters, digits, "-", "_" and one ".".
   */
  async sign(payload: Uint8Array, expiresAt: number): Promise<string> {
    const value = new Uint8Array(8 + payload.byteLength);
    new DataView(value.buffer).setBigInt64(0, BigInt(Math.ceil(expiresAt)));
    value.set(payload, 8);
    const mac = await crypto.subtle.sign(
      ALGORITHM,
      await this.#keys[0]!,
      this.#signed(value),
    );
    return `${base64Url(value)}.${base64Url(new Uint8Array(mac))}`;
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
    let mac: Uint8Array;
    try {
      [value, mac] = [decodeBase64(first), decodeBase64(second)];
    } catch {
      return undefined;
    }
    if (value.byteLength < 8 || !await this.#isSigned(value, mac)) {
      return undefined;
    }
    const expiresAt = new DataView(value.buffer).getBigInt64(0);
    return expiresAt > BigInt(Date.now()) ? value.subarray(8) : undefined;
  }

  async #isSigned(value: Uint8Array, mac: Uint8Array): Promise<boolean> {
    const signed = this.#signed(value);
    for (const key of this.#keys) {
      // Takes the same time for every difference.
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

/** Makes a random key. */
export function randomKey(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(LEAST_KEY_BYTES));
}

function importKey(key: string | Uint8Array): Promise<CryptoKey> {
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
  return crypto.subtle.importKey("raw", bytes, ALGORITHM, false, [
    "sign",
    "verify",
  ]);
}

function base64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_");
}
