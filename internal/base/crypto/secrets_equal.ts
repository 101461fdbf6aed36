/** Comparison of secrets in a time that does not reveal how much of a guess is right. */

import { toBytes } from "../bytes.ts";

let madeKey: CryptoKey | undefined;

/**
 * Compares two secrets. The time it takes depends on their lengths, but not on the position of a
 * difference, nor on the result.
 *
 * It compares digests under a random key, so the loop reveals nothing about the secrets.
 *
 * @param a A secret; text counts as UTF-8.
 * @param b The other.
 * @returns True if they are equal.
 */
export async function secretsEqual(
  a: string | Uint8Array,
  b: string | Uint8Array,
): Promise<boolean> {
  // Not a promise that is shared: on Workers it ends with the request that has made it.
  const key = madeKey ??= await crypto.subtle.generateKey(
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const [first, second] = await Promise.all([digest(key, a), digest(key, b)]);
  let difference = 0;
  for (let i = 0; i < first.length; i++) difference |= first[i]! ^ second[i]!;
  return difference === 0;
}

async function digest(
  key: CryptoKey,
  secret: string | Uint8Array,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(toBytes(secret));
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes));
}
