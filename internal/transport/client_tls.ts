/** TLS of a client: its options as arguments for `node:tls`. */

import { isIP } from "node:net";
import { checkServerIdentity, type ConnectionOptions } from "node:tls";

import {
  booleanOption,
  functionOption,
  objectOption,
  textOption,
} from "../core/check_option.ts";
import { formatGrpcLocation, type GrpcAddress } from "../protocol/location.ts";
import {
  CLIENT_TLS_OPTIONS,
  type ClientTlsOptions,
} from "../core/tls_options.ts";
import { certificate, isPemFile, keyPair, reportReloadError } from "./pem.ts";

/** Returns the arguments of `tls.connect`, anew for every connection. */
export type ClientTls = () => ConnectionOptions;

/**
 * Checks the TLS options of a client.
 *
 * @param options The caller's options.
 * @param address The address of the server.
 * @returns The TLS of the client, or undefined if `address` is plain text.
 * @throws {TypeError} When certificates or key cannot be used, or `address` is
 * plain text and there are options.
 */
export function clientTls(
  options: ClientTlsOptions | undefined,
  address: GrpcAddress,
): ClientTls | undefined {
  objectOption("tls", options);
  if (address.kind === "tcp" && address.tls) {
    objectOption("tls", options, CLIENT_TLS_OPTIONS, GUESSES);
    return reloading(options ?? {}, address.hostname);
  }
  if (options === undefined) return undefined;
  throw new TypeError(
    `Cannot use option tls: ${formatGrpcLocation(address)} is not a ` +
      "grpc+tls location",
  );
}

/** Names of `node:tls`. */
const GUESSES = {
  ca: "rootCertificates",
  cert: "certificateChain",
  key: "privateKey",
  servername: "hostnameOverride",
  rejectUnauthorized: "insecureSkipVerify, with the opposite value",
};

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
      // One of the two files may be renewed already, and the other not yet.
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
    // HTTP/2 only (RFC 9113, section 3.2).
    ALPNProtocols: ["h2"],
    // SNI allows no IP address, but certificates can have one.
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
