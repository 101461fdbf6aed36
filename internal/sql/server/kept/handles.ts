/** Handles: names of statements, transactions and results that only this service can make. */

import { encodeBase64Url } from "../../../base/base64.ts";
import { toBytes, toText } from "../../../base/bytes.ts";
import type { Awaitable } from "../../../server/flight_service.ts";
import { SignedTokens } from "../../../base/crypto/signed_token.ts";

/** Bytes of a random name: it cannot be guessed. */
const NAME_BYTES = 24;

/** Handles of one kind. */
export class Handles {
  readonly #tokens: SignedTokens | undefined;

  /**
   * @param kind The kind: the handles of one are not accepted for another.
   * @param keys Keys to sign with; without them, handles are the names.
   * @throws {RangeError} When a key is too short.
   */
  constructor(
    kind: string,
    keys: readonly (string | Uint8Array)[] | undefined,
  ) {
    this.#tokens = keys &&
      new SignedTokens({ keys, purpose: `flight sql ${kind}` });
  }

  /** Makes a name: letters, digits, `-` and `_`. */
  newName(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(NAME_BYTES));
    return encodeBase64Url(bytes);
  }

  /** The handle of a name. Its end is not in it: each use of what it names puts that off. */
  async handleOf(name: string): Promise<Uint8Array> {
    const bytes = toBytes(name);
    return this.#tokens === undefined
      ? bytes
      : toBytes(await this.#tokens.sign(bytes, Number.MAX_SAFE_INTEGER));
  }

  /** The name in a handle; `undefined` for a forged one. */
  nameOf(handle: Uint8Array): Awaitable<string | undefined> {
    const text = toText(handle);
    return this.#tokens === undefined
      ? text
      : this.#tokens.open(text).then((name) => name && toText(name));
  }
}
