/** Certificates and keys in PEM (RFC 7468), checked before a socket needs them. */

import { Buffer } from "node:buffer";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

import { quietly } from "../base/handled.ts";
import type { PemFile, PemSource } from "../core/tls_options.ts";
import { pemProblem } from "./pem_problem.ts";

/** Reports whether PEM is in a file, which may change. */
export function isPemFile(source: PemSource | undefined): source is PemFile {
  return typeof source === "object" && source !== null && "file" in source;
}

/** Reports files that cannot be read again; never throws. */
export function reportReloadError(
  error: unknown,
  listener: ((error: Error) => void) | undefined,
): void {
  const log = (error: Error) =>
    console.error("Certificates cannot be read again:", error.message);
  // A listener that fails must not end connections.
  quietly(() => (listener ?? log)(error as Error));
}

/**
 * Reads a certificate, or several.
 *
 * @param option Name of the option below `tls`, for errors.
 * @param source The PEM.
 * @throws {TypeError} When it cannot be read, or the first is not a
 * certificate.
 */
export function certificate(option: string, source: PemSource): Buffer {
  const pem = read(option, source);
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw new TypeError(
      `Cannot use option tls.${option}: ${pemProblem(pem, "certificate")}`,
      { cause },
    );
  }
  return pem;
}

/** Certificate chain and its key, for `node:tls`. */
interface KeyPair {
  /** The chain. */
  readonly cert: Buffer;
  /** The key of its first certificate. */
  readonly key: Buffer;
}

/**
 * Reads a certificate chain and its key, and checks them. With a wrong pair,
 * Deno's servers would listen and fail every handshake.
 *
 * @param chain The chain.
 * @param privateKey The key.
 * @param prefix Prefix of the names of the options, for errors.
 * @throws {TypeError} When either cannot be read or is invalid, or they do not
 * match.
 */
export function keyPair(
  chain: PemSource,
  privateKey: PemSource,
  prefix = "",
): KeyPair {
  const cert = certificate(`${prefix}certificateChain`, chain);
  const option = `${prefix}privateKey`;
  const key = read(option, privateKey);
  let isPair: boolean;
  try {
    isPair = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    // Without the cause: it could quote the key.
    throw new TypeError(
      `Cannot use option tls.${option}: ${pemProblem(key, "private key")}`,
    );
  }
  if (!isPair) {
    throw new TypeError(
      `Cannot use option tls.${option}: it does not belong to the first ` +
        "certificate of certificateChain",
    );
  }
  return { cert, key };
}

function read(option: string, source: PemSource): Buffer {
  if (typeof source === "string" || source instanceof Uint8Array) {
    return Buffer.from(source);
  }
  if (!isPemFile(source)) {
    throw new TypeError(
      `Cannot use option tls.${option}: it is neither text nor bytes nor a file`,
    );
  }
  try {
    return readFileSync(source.file);
  } catch (cause) {
    throw new TypeError(
      `Cannot use option tls.${option}: ${(cause as Error).message}`,
      { cause },
    );
  }
}
