/** The certificates of tests/certs/. */

import { readFileSync } from "node:fs";
import { X509Certificate } from "node:crypto";

/** The bytes of a file, such as `server_cert`. */
export function pem(name: string): Uint8Array {
  return readFileSync(new URL(`../certs/${name}.pem`, import.meta.url));
}

/** A certificate in DER. */
export function der(name: string): Uint8Array {
  return new Uint8Array(new X509Certificate(pem(`${name}_cert`)).raw);
}

/** A certificate and its key, as the options of TLS take them. */
export function certified(
  name: string,
): { certificateChain: Uint8Array; privateKey: Uint8Array } {
  return {
    certificateChain: pem(`${name}_cert`),
    privateKey: pem(`${name}_key`),
  };
}
