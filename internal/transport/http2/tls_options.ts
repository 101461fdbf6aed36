/** Certificates and keys of both sides, checked before they are used. */

import { isIP } from "node:net";
import type { ConnectionOptions, TlsOptions } from "node:tls";

import { certificate, keyPair } from "../pem.ts";
import type {
  Http2ClientTlsOptions,
  Http2ServerTlsOptions,
} from "./options.ts";

/** What both sides offer: HTTP/2 and nothing else (RFC 9113, section 3.2). */
const ALPN = ["h2"];

/**
 * The options of a client for `node:tls`.
 *
 * @param options The caller's options.
 * @param hostname The host that is connected to.
 * @throws {TypeError} When certificates or key cannot be used.
 */
export function clientTls(
  options: Http2ClientTlsOptions,
  hostname: string,
): ConnectionOptions {
  const { certificateChain, privateKey, rootCertificates } = options;
  if ((certificateChain === undefined) !== (privateKey === undefined)) {
    throw new TypeError(
      "Cannot use option tls: certificateChain and privateKey belong together",
    );
  }
  const name = options.hostnameOverride ?? hostname;
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
    ...(options.insecureSkipVerify
      ? { rejectUnauthorized: false, checkServerIdentity: () => undefined }
      : { rejectUnauthorized: true }),
  };
}

/**
 * The options of a server for `node:tls`.
 *
 * @param options The caller's options.
 * @throws {TypeError} When certificates or key cannot be used.
 */
export function serverTls(options: Http2ServerTlsOptions): TlsOptions {
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
