/**
 * HMAC-SHA-256 (RFC 2104), as text in the URL alphabet of base64.
 *
 * That of `node:crypto` takes less time than that of Web Crypto, which needs a task for each call. The module is requested
 * at run time: an import would keep this package from platforms that have Web Crypto alone.
 */

import { encodeBase64Url } from "../base64.ts";

const ALGORITHM = { name: "HMAC", hash: "SHA-256" } as const;

/** Returns the digest of a message. */
export type Hmac = (
  message: Uint8Array<ArrayBuffer>,
) => Promise<string> | string;

/** The part of `node:crypto` that is used. */
interface NodeCrypto {
  createHmac(
    hash: "sha256",
    key: Uint8Array,
  ): {
    update(message: Uint8Array): { digest(encoding: "base64url"): string };
  };
}

/** Makes the HMAC of a key. */
export function hmacOf(key: Uint8Array<ArrayBuffer>): Hmac {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): NodeCrypto | undefined };
  };
  const createHmac = process?.getBuiltinModule?.("node:crypto")?.createHmac;
  return createHmac === undefined
    ? webHmac(key)
    : (message) =>
      createHmac("sha256", key).update(message).digest("base64url");
}

/** The same by Web Crypto. */
export function webHmac(bytes: Uint8Array<ArrayBuffer>): Hmac {
  const { subtle } = crypto;
  const key = subtle.importKey("raw", bytes, ALGORITHM, false, ["sign"]);
  return async (message) => {
    const digest = await subtle.sign(ALGORITHM, await key, message);
    return encodeBase64Url(new Uint8Array(digest));
  };
}
