/** Explains failed TLS connections of a client, with advice. */

import { clearTimeout, setTimeout } from "node:timers";
import * as tls from "node:tls";

import { quoted } from "../base/quoted.ts";
import { tlsErrorText } from "../http2/connection/tls_error_text.ts";

/** Timeout of a second look at a certificate, in milliseconds. */
const LOOK_TIMEOUT_MS = 2000;

/**
 * Codes of runtimes for certificates that they cannot verify, for any reason.
 */
const UNVERIFIED: ReadonlySet<string> = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** Makes the error of a socket that a server has closed in the handshake. */
export function closedInHandshake(): Error {
  return new Error("closed in the TLS handshake");
}

/**
 * Finds a fault of an established TLS connection.
 *
 * @param socket Its socket, after the handshake.
 * @param options The options of the connection.
 */
export function handshakeProblem(
  socket: tls.TLSSocket,
  options: tls.ConnectionOptions,
): Error | undefined {
  if (options.rejectUnauthorized && !socket.authorized) {
    return socket.authorizationError ??
      new Error("the certificate of the server is not valid");
  }
  return socket.alpnProtocol === "h2"
    ? undefined
    : new Error("the server does not offer HTTP/2 (ALPN h2)");
}

/** Address at which a certificate can be inspected. */
export interface TlsPeer {
  /** Host name or IP address. */
  readonly hostname: string;
  /** TCP port. */
  readonly port: number;
}

/**
 * Explains a failed handshake. A certificate that cannot be verified is
 * inspected once more, on a connection on which nothing is sent, and no client
 * certificate is shown: Deno does not distinguish an expired one from one
 * without a trusted issuer.
 *
 * @param error The error of the runtime.
 * @param options The options of the connection.
 * @param peer The address of the server.
 * @param onResult Called once with the error to report.
 */
export function explainTlsFailure(
  error: Error & { readonly code?: unknown },
  options: tls.ConnectionOptions,
  peer: TlsPeer,
  onResult: (error: Error) => void,
): void {
  const report = (text: string) => onResult(new Error(text, { cause: error }));
  if (!UNVERIFIED.has(String(error.code))) return report(tlsErrorText(error));
  const { cert: _, key: __, ...anonymous } = options;
  let socket: tls.TLSSocket;
  try {
    socket = tls.connect({
      ...anonymous,
      host: peer.hostname,
      port: peer.port,
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
  } catch {
    return report(error.message);
  }
  const settle = (text: string): void => {
    clearTimeout(timer);
    socket.off("error", giveUp).off("close", giveUp);
    // An error without a listener would end the process.
    socket.on("error", () => {});
    socket.destroy();
    report(text);
  };
  const giveUp = (): void => settle(error.message);
  const timer = setTimeout(giveUp, LOOK_TIMEOUT_MS);
  // The attempt to connect, which waits for this, keeps the process alive.
  timer.unref?.();
  socket.unref?.();
  socket.on("error", giveUp).on("close", giveUp);
  socket.once("secureConnect", () => {
    settle(certificateText(socket.getPeerCertificate(), error.message));
  });
}

/** Describes the fault of a certificate that could not be verified. */
function certificateText(
  certificate: tls.PeerCertificate | undefined,
  message: string,
): string {
  const { valid_from, valid_to, issuer } = certificate ?? {};
  const from = Date.parse(valid_from ?? "");
  const to = Date.parse(valid_to ?? "");
  if (to < Date.now()) {
    return "the certificate of the server has expired: it was valid until " +
      new Date(to).toISOString();
  }
  if (from > Date.now()) {
    return "the certificate of the server is not valid yet: it is valid from " +
      `${new Date(from).toISOString()} on`;
  }
  const name = issuer?.CN ?? issuer?.O;
  const by = typeof name === "string" ? `, issued by ${quoted(name)},` : "";
  return `the certificate of the server${by} leads to no root that this ` +
    `client trusts (option tls.rootCertificates): ${message}`;
}
