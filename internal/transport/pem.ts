/** Certificates and keys in PEM, checked before a socket needs them. */

import { Buffer } from "node:buffer";
import { createPrivateKey, X509Certificate } from "node:crypto";

/**
 * The bytes of a certificate.
 *
 * @param option Name of the option below `tls`, for the error.
 * @throws {TypeError} When it is not one.
 */
export function certificate(option: string, pem: string | Uint8Array): Buffer {
  const buffer = Buffer.from(pem);
  try {
    new X509Certificate(buffer);
  } catch (cause) {
    throw new TypeError(
      `Cannot use option tls.${option}: it is not a certificate in PEM`,
      { cause },
    );
  }
  return buffer;
}

/**
 * The bytes of a certificate chain and of its key. Checked here: with a wrong pair,
 * Deno's servers listen and talk to nobody.
 *
 * @throws {TypeError} When either is none, or they do not belong together.
 */
export function keyPair(
  chain: string | Uint8Array,
  pem: string | Uint8Array,
): { cert: Buffer; key: Buffer } {
  const cert = certificate("certificateChain", chain);
  const key = Buffer.from(pem);
  let isPair: boolean;
  try {
    isPair = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw new TypeError(
      "Cannot use option tls.privateKey: it is not a private key in PEM",
      { cause },
    );
  }
  if (!isPair) {
    throw new TypeError(
      "Cannot use option tls.privateKey: it does not belong to the first " +
        "certificate of certificateChain",
    );
  }
  return { cert, key };
}
