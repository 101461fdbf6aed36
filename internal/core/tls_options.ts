/** How clients and servers use TLS. */

/** A file with PEM. On Deno it needs `--allow-read`. */
export interface PemFile {
  /** Its path, relative to the working directory, or its `file:` URL. */
  readonly file: string | URL;
}

/** Certificates or a key in PEM (RFC 7468): text, bytes, or the file that has them. */
export type PemSource = string | Uint8Array | PemFile;

/**
 * How a client uses TLS.
 *
 * Files are read by `connect`, and again for every new connection: a client whose own certificate is
 * renewed shows the new one as soon as it connects anew.
 */
export interface ClientTlsOptions {
  /** Certificates to trust, one or more. Default: those that the runtime trusts. */
  readonly rootCertificates?: PemSource | undefined;
  /** The client's own certificate, and those between it and a root; needs `privateKey`. */
  readonly certificateChain?: PemSource | undefined;
  /** The key of `certificateChain`, not encrypted. */
  readonly privateKey?: PemSource | undefined;
  /**
   * The host name or IP address that the server's certificate must have. It is also what the server
   * is asked for: in `:authority`, and, where it is a name, in SNI. Default: the host of the location.
   */
  readonly hostnameOverride?: string | undefined;
  /**
   * Accepts any certificate: no protection against who is in between. `true` or `false`, the default.
   */
  readonly insecureSkipVerify?: boolean | undefined;
  /**
   * Is told when files cannot be used that are read again; what was read before stays in use.
   * Default: writes the error to the console.
   */
  readonly onReloadError?: ((error: Error) => void) | undefined;
}

/** A certificate of a server, with its key. */
export interface ServerCertificate {
  /** The server's certificate, and those between it and a root. */
  readonly certificateChain: PemSource;
  /** The key of `certificateChain`, not encrypted. */
  readonly privateKey: PemSource;
}

/**
 * How a server uses TLS.
 *
 * Files are read by `serve`, and again every `reloadIntervalMs`. What has changed holds for the
 * connections that are made from then on. What is given as text or bytes is replaced by
 * `FlightServer.setTls`.
 */
export interface ServerTlsOptions extends ServerCertificate {
  /**
   * Certificates for other host names. A client that asks for a name (SNI, RFC 6066, section 3) gets
   * the first of these that is for that name, by its DNS names in subjectAltName; who asks for
   * another name, or for none, gets `certificateChain`. Default: none.
   */
  readonly sniCertificates?: readonly ServerCertificate[] | undefined;
  /**
   * Demands a certificate of every client (mutual TLS), signed by one of these; handlers find it in
   * `context.peerCertificate`. Default: clients show none.
   */
  readonly clientRootCertificates?: PemSource | undefined;
  /**
   * How often files are looked at for changes, in milliseconds, 1 to 2³¹ − 1. Default: 60,000.
   */
  readonly reloadIntervalMs?: number | undefined;
  /**
   * Is told when files have changed and cannot be used; what was read before stays in use. Default:
   * writes the error to the console.
   */
  readonly onReloadError?: ((error: Error) => void) | undefined;
}
