/** TLS of a client: what `node:tls` makes of its options. */

import { isIP } from "node:net";
import { checkServerIdentity, type ConnectionOptions } from "node:tls";

import {
  booleanOption,
  functionOption,
  objectOption,
  textOption,
} from "../core/check_option.ts";
import { formatGrpcLocation, type GrpcAddress } from "../protocol/location.ts";
import type { ClientTlsOptions } from "../core/tls_options.ts";
import { certificate, isPemFile, keyPair, reportReloadError } from "./pem.ts";

/** Gives what a client passes to `tls.connect`, for every connection anew. */
export type ClientTls = () => ConnectionOptions;

/**
 * Checks how a client uses TLS.
 *
 * @param options The caller's options.
 * @param address What is connected to.
 * @returns What to connect with, or undefined where `address` is plain text.
 * @throws {TypeError} When certificates or key cannot be used, or `address` is
 * plain text and there are options.
 */
export function clientTls(
  options: ClientTlsOptions | undefined,
  address: GrpcAddress,
): ClientTls | undefined {
  objectOption("tls", options);
  if (address.kind === "tcp" && address.tls) {
    return reloading(options ?? {}, address.hostname);
  }
  if (options === undefined) return undefined;
  throw new TypeError(
    `Cannot use option tls: ${formatGrpcLocation(address)} is not a ` +
      "grpc+tls location",
  );
}

function reloading(options: ClientTlsOptions, hostname: string): ClientTls {
  const { certificateChain, privateKey, rootCertificates } = options;
  let current = connectionOptions(options, hostname);
  if (![certificateChain, privateKey, rootCertificates].some(isPemFile)) {
    return () => current;
  }
  return () => {
    try {
      current = connectionOptions(options, hostname);
    } catch (error) {
      // Perhaps one of two files is renewed and the other is not yet.
      reportReloadError(error, options.onReloadError);
    }
    return current;
  };
}

function connectionOptions(
  options: ClientTlsOptions,
  hostname: string,
): ConnectionOptions {
  const { certificateChain, privateKey, rootCertificates } = options;
  if ((certificateChain === undefined) !== (privateKey === undefined)) {
    throw new TypeError(
      "Cannot use option tls: certificateChain and privateKey belong together",
    );
  }
  const name = options.hostnameOverride ?? hostname;
  const { insecureSkipVerify = false } = options;
  textOption("tls.hostnameOverride", options.hostnameOverride);
  booleanOption("tls.insecureSkipVerify", insecureSkipVerify);
  functionOption("tls.onReloadError", options.onReloadError);
  return {
    // HTTP/2 and nothing else (RFC 9113, section 3.2).
    ALPNProtocols: ["h2"],
    // An IP address is no name for SNI, but certificates can have it.
    ...(isIP(name) ? {} : { servername: name }),
    ...(rootCertificates === undefined
      ? {}
      : { ca: certificate("rootCertificates", rootCertificates) }),
    ...(certificateChain === undefined || privateKey === undefined
      ? {}
      : keyPair(certificateChain, privateKey)),
    rejectUnauthorized: !insecureSkipVerify,
    checkServerIdentity: (_, presented) =>
      insecureSkipVerify ? undefined : checkServerIdentity(name, presented),
  };
}
