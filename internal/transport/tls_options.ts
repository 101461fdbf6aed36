/** TLS of both ends: its options, and what `node:tls` makes of them. */

import { isIP } from "node:net";
import {
  checkServerIdentity,
  type ConnectionOptions,
  type TlsOptions,
} from "node:tls";

import { formatGrpcLocation, type GrpcAddress } from "../core/location.ts";
import { certificate, keyPair } from "./pem.ts";

/** How a client uses TLS. Certificates and keys are PEM, as text or bytes. */
export interface ClientTlsOptions {
  /** Certificates to trust, in place of those of the runtime. */
  readonly rootCertificates?: string | Uint8Array | undefined;
  /** The client's own certificate chain; needs `privateKey`. */
  readonly certificateChain?: string | Uint8Array | undefined;
  /** The key of `certificateChain`. */
  readonly privateKey?: string | Uint8Array | undefined;
  /** The name that the server's certificate must have, if not the host's. */
  readonly hostnameOverride?: string | undefined;
  /** Accepts any certificate: no protection against who is in between. */
  readonly insecureSkipVerify?: boolean | undefined;
}

/** How a server uses TLS. Certificates and keys are PEM, as text or bytes. */
export interface ServerTlsOptions {
  /** The server's certificate chain. */
  readonly certificateChain: string | Uint8Array;
  /** The key of `certificateChain`. */
  readonly privateKey: string | Uint8Array;
  /**
   * Requires a certificate of every client (mutual TLS), signed by one of
   * these.
   */
  readonly clientRootCertificates?: string | Uint8Array | undefined;
}

/** What both sides offer: HTTP/2 and nothing else (RFC 9113, section 3.2). */
const ALPN = ["h2"];

/**
 * What a client passes to `tls.connect`, beside where to connect to.
 *
 * @param options The caller's options.
 * @param address What is connected to.
 * @returns The options, or undefined where `address` is plain text.
 * @throws {TypeError} When certificates or key cannot be used, or `address` is
 * plain text and there are options.
 */
export function clientTls(
  options: ClientTlsOptions | undefined,
  address: GrpcAddress,
): ConnectionOptions | undefined {
  if (address.kind !== "tcp" || !address.tls) {
    if (options === undefined) return undefined;
    throw new TypeError(
      `Cannot use option tls: ${formatGrpcLocation(address)} is not a ` +
        "grpc+tls location",
    );
  }
  const { certificateChain, privateKey, rootCertificates } = options ?? {};
  if ((certificateChain === undefined) !== (privateKey === undefined)) {
    throw new TypeError(
      "Cannot use option tls: certificateChain and privateKey belong together",
    );
  }
  const name = options?.hostnameOverride ?? address.hostname;
  return {
    ALPNProtocols: ALPN,
    // An IP address is no name for SNI, but certificates can have it.
    ...(isIP(name) ? {} : { servername: name }),
    ...(rootCertificates === undefined
      ? {}
      : { ca: certificate("rootCertificates", rootCertificates) }),
    ...(certificateChain === undefined || privateKey === undefined
      ? {}
      : keyPair(certificateChain, privateKey)),
    rejectUnauthorized: !options?.insecureSkipVerify,
    checkServerIdentity: (_, presented) =>
      options?.insecureSkipVerify
        ? undefined
        : checkServerIdentity(name, presented),
  };
}

/**
 * What a server passes to `tls.createServer`.
 *
 * @param options The caller's options.
 * @throws {TypeError} When certificates or key cannot be used.
 */
export function serverTls(options: ServerTlsOptions): TlsOptions {
  const roots = options.clientRootCertificates;
  return {
    ALPNProtocols: ALPN,
    ...keyPair(options.certificateChain, options.privateKey),
    ...(roots === undefined ? {} : {
      ca: certificate("clientRootCertificates", roots),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  };
}
