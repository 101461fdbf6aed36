/**
 * TLS on both sides. grpc-js's own credentials are not used: they name an IP
 * address as server name, which Deno and Bun refuse; they hang when a server
 * closes the connection in the handshake; and where
 * `GRPC_DEFAULT_SSL_ROOTS_FILE_PATH` is set they give even servers that ask for
 * no client certificate a list of all authorities, which is too long for Deno.
 */

import type { Socket } from "node:net";
import * as tls from "node:tls";

import { ServerCredentials } from "@grpc/grpc-js";

import { serverTls, type ServerTlsOptions } from "../tls_options.ts";

/**
 * How a client connects over a socket.
 *
 * @param options For `tls.connect`.
 */
export function tlsConnector(
  options: tls.ConnectionOptions,
): (socket: Socket) => Promise<Socket> {
  return (socket) =>
    new Promise((resolve, reject) => {
      const secure = tls.connect({ ...options, socket }, () => {
        if (secure.authorized || !options.rejectUnauthorized) resolve(secure);
        else reject(secure.authorizationError);
      });
      // It stays: an error that nobody listens to would end the process.
      secure.on("error", reject);
      secure.once("close", () => {
        reject(new Error("the connection was closed in the TLS handshake"));
      });
    });
}

/** The certificate and key of a server. */
export class TlsServerCredentials extends ServerCredentials {
  /**
   * @param options The caller's options.
   * @throws {TypeError} When certificates or key cannot be used.
   */
  constructor(options: ServerTlsOptions) {
    const { requestCert = false, cert, key, ca } = serverTls(options);
    super({ requestCert, rejectUnauthorized: true }, {
      cert,
      key,
      ...(ca === undefined ? {} : { ca }),
    });
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}
