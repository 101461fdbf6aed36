/**
 * TLS on both sides. grpc-js's own credentials are not used: they name an IP
 * address as server name, which Deno and Bun refuse; they hang when a server
 * closes the connection in the handshake; and where
 * `GRPC_DEFAULT_SSL_ROOTS_FILE_PATH` is set they give even servers that ask for
 * no client certificate a list of all authorities, which is too long for Deno.
 */

import { isIP, type Socket } from "node:net";
import * as tls from "node:tls";

import { ServerCredentials } from "@grpc/grpc-js";

import { certificate, keyPair } from "../pem.ts";
import type {
  GrpcJsClientTlsOptions,
  GrpcJsServerTlsOptions,
} from "./options.ts";

/**
 * How a client connects over a socket.
 *
 * @param options The caller's options.
 * @param hostname The host that is connected to.
 * @throws {TypeError} When certificates or key cannot be used.
 */
export function tlsConnector(
  options: GrpcJsClientTlsOptions,
  hostname: string,
): (socket: Socket) => Promise<Socket> {
  const { certificateChain, privateKey, rootCertificates } = options;
  if ((certificateChain === undefined) !== (privateKey === undefined)) {
    throw new TypeError(
      "Cannot use option tls: certificateChain and privateKey belong together",
    );
  }
  const host = options.hostnameOverride ?? hostname;
  const connectOptions: tls.ConnectionOptions = {
    host,
    // Without a name, the certificate is checked against `host`.
    ...(isIP(host) ? {} : { servername: host }),
    ...(rootCertificates === undefined
      ? {}
      : { ca: certificate("rootCertificates", rootCertificates) }),
    ...(certificateChain === undefined || privateKey === undefined
      ? {}
      : keyPair(certificateChain, privateKey)),
    ALPNProtocols: ["h2"],
    rejectUnauthorized: !options.insecureSkipVerify,
  };
  return (socket) =>
    new Promise((resolve, reject) => {
      const secure = tls.connect({ ...connectOptions, socket }, () => {
        if (secure.authorized || options.insecureSkipVerify) resolve(secure);
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
  constructor(options: GrpcJsServerTlsOptions) {
    const roots = options.clientRootCertificates;
    super(
      { requestCert: roots !== undefined, rejectUnauthorized: true },
      {
        ...keyPair(options.certificateChain, options.privateKey),
        ...(roots === undefined
          ? {}
          : { ca: certificate("clientRootCertificates", roots) }),
      },
    );
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}
