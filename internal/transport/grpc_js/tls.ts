/**
 * TLS on both sides. grpc-js's own credentials are not used. They pass an IP
 * address as server name, which Deno and Bun reject. They hang when a server
 * closes the connection in the handshake. And with
 * `GRPC_DEFAULT_SSL_ROOTS_FILE_PATH`, a server that asks for no client
 * certificate still sends a list of all authorities, which is too long for
 * Deno.
 */

import type { Http2Session } from "node:http2";
import type { Socket } from "node:net";
import * as tls from "node:tls";

import { ServerCredentials } from "@grpc/grpc-js";

import type { PeerCertificate } from "../../core/peer_certificate.ts";
import type { ClientTls } from "../client_tls.ts";
import { peerCertificateOf } from "../peer_certificate.ts";
import type { ServerTls } from "../server_tls.ts";
import {
  closedInHandshake,
  explainTlsFailure,
  handshakeProblem,
  type TlsPeer,
} from "../tls_failure.ts";

/**
 * Makes a function that secures a client's socket.
 *
 * @param clientTls Returns the arguments of `tls.connect`.
 * @param peer The address of the server.
 */
export function tlsConnector(
  clientTls: ClientTls,
  peer: TlsPeer,
): (socket: Socket) => Promise<Socket> {
  return (socket) =>
    new Promise((resolve, reject) => {
      const options = clientTls();
      const fail = (error: Error): void => {
        secure.off("error", fail).off("close", closed);
        // The listener stays: an error without a listener would end the
        // process.
        secure.on("error", () => {});
        secure.destroy();
        explainTlsFailure(error, options, peer, reject);
      };
      const closed = (): void => fail(closedInHandshake());
      const secure = tls.connect({ ...options, socket }, () => {
        const problem = handshakeProblem(secure, options);
        if (problem) return fail(problem);
        secure.off("error", fail).off("close", closed);
        secure.on("error", () => {});
        resolve(secure);
      });
      secure.on("error", fail).on("close", closed);
    });
}

/** Certificates of a server. */
export class TlsServerCredentials extends ServerCredentials {
  /** @param serverTls The certificates, which may change. */
  constructor(serverTls: ServerTls) {
    super(serverTls.serverOptions, serverTls.contextOptions);
  }

  /** Uses other certificates for further connections. */
  replace(options: tls.SecureContextOptions): void {
    this.updateSecureContextOptions(options);
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/** Verified client certificates, by session. */
const certificates = new WeakMap<Http2Session, PeerCertificate | undefined>();

/**
 * Returns the verified certificate of the client of a session, if one was
 * required.
 */
export function certificateOf(
  session: Http2Session | undefined,
): PeerCertificate | undefined {
  if (session === undefined) return undefined;
  if (!certificates.has(session)) {
    certificates.set(session, peerCertificateOf(session.socket));
  }
  return certificates.get(session);
}
