/** TLS options of clients and servers. */

import type { OptionNames } from "./known_options.ts";

/**
 * Certificates or a key in PEM (RFC 7468): text, bytes, or the file that has them, which on Deno needs
 * `--allow-read`.
 */
export type PemSource = string | Uint8Array | {
  /** Path of the file, relative to the working directory, or its `file:` URL. */
  readonly file: string | URL;
};

/** File with PEM. */
export type PemFile = Exclude<PemSource, string | Uint8Array>;

/**
 * TLS options of a client.
 *
 * Files are read by `connect`, and again for every new connection: a renewed client certificate is
 * used as soon as the client reconnects.
 */
export interface ClientTlsOptions {
  /** Certificates to trust, one or more. Default: those that the runtime trusts. */
  readonly rootCertificates?: PemSource | undefined;
  /** The client's own certificate, followed by the intermediate ones; needs `privateKey`. */
  readonly certificateChain?: PemSource | undefined;
  /** Private key of `certificateChain`, not encrypted. */
  readonly privateKey?: PemSource | undefined;
  /**
   * Host name or IP address that the server's certificate must have. The client also sends it to
   * the server: in `:authority`, and, if it is a name, in SNI. Default: the host of the location.
   */
  readonly hostnameOverride?: string | undefined;
  /**
   * Accepts any certificate, which gives no protection against an attacker in between. Default:
   * false.
   */
  readonly insecureSkipVerify?: boolean | undefined;
  /**
   * Called when a file that is read again cannot be used; the contents read before stay in use.
   * Default: writes the error to the console.
   */
  readonly onReloadError?: ((error: Error) => void) | undefined;
}

/** The names of {@linkcode ClientTlsOptions}. */
export const CLIENT_TLS_OPTIONS: OptionNames<ClientTlsOptions> = {
  rootCertificates: true,
  certificateChain: true,
  privateKey: true,
  hostnameOverride: true,
  insecureSkipVerify: true,
  onReloadError: true,
};

/** Certificate of a server, with its key. */
export interface ServerCertificate {
  /** The server's certificate, followed by the intermediate ones. */
  readonly certificateChain: PemSource;
  /** Private key of `certificateChain`, not encrypted. */
  readonly privateKey: PemSource;
}

/** The names of {@linkcode ServerCertificate}. */
const SERVER_CERTIFICATE: OptionNames<ServerCertificate> = {
  certificateChain: true,
  privateKey: true,
};

/**
 * TLS options of a server.
 *
 * Files are read by `serve`, and again every `reloadIntervalMs`. Changes apply to new connections.
 * `FlightServer.setTls` replaces certificates that are given as text or bytes.
 */
export interface ServerTlsOptions extends ServerCertificate {
  /**
   * Certificates for other host names. A client that asks for a name (SNI, RFC 6066, section 3)
   * gets the first of these that is valid for it, by its DNS names in subjectAltName. Clients that
   * ask for another name, or for none, get `certificateChain`. Default: none.
   */
  readonly sniCertificates?: readonly ServerCertificate[] | undefined;
  /**
   * Demands a certificate of every client (mutual TLS), signed by one of these. Handlers find it in
   * `context.peerCertificate`. Default: clients need none.
   */
  readonly clientRootCertificates?: PemSource | undefined;
  /** Interval between two checks of the files, in milliseconds, 1 to 2³¹ − 1. Default: 60,000. */
  readonly reloadIntervalMs?: number | undefined;
  /**
   * Called when files have changed and cannot be used; the contents read before stay in use.
   * Default: writes the error to the console.
   */
  readonly onReloadError?: ((error: Error) => void) | undefined;
}

/** The names of {@linkcode ServerTlsOptions}. */
export const SERVER_TLS_OPTIONS: OptionNames<ServerTlsOptions> = {
  ...SERVER_CERTIFICATE,
  sniCertificates: true,
  clientRootCertificates: true,
  reloadIntervalMs: true,
  onReloadError: true,
};
