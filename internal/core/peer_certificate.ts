/** The certificate by which a client has proved its identity (mutual TLS). */

/** Certificate whose chain and key were verified. */
export interface PeerCertificate {
  /** Holder of the certificate, as RFC 4514 writes names, such as `CN=worker,O=Example`. */
  readonly subject: string;
  /** The last common name (CN) of the subject; `undefined` if it has none. */
  readonly commonName: string | undefined;
  /**
   * Names for which it is valid (RFC 5280, section 4.2.1.6), in their order. Rely on these rather than
   * on the subject.
   */
  readonly subjectAltNames: readonly {
    /** Kind of the name; names of other kinds are left out. */
    readonly type: "DNS" | "EMAIL" | "IP" | "URI";
    /** The name, such as `flight.example`, `192.0.2.1` or `spiffe://example/worker`. */
    readonly value: string;
  }[];
  /** Issuer of the certificate, written like the subject. */
  readonly issuer: string;
  /** Serial number that the issuer assigned, in hexadecimal. */
  readonly serialNumber: string;
  /** Start of its validity. */
  readonly validFrom: Date;
  /** End of its validity. A connection outlives it. */
  readonly validTo: Date;
  /** SHA-256 of `der`, in hexadecimal with colons, such as `AB:01:…`. */
  readonly fingerprint256: string;
  /** The certificate itself (X.509), without the rest of its chain. */
  readonly der: Uint8Array;
  /** The certificate as PEM. */
  readonly pem: string;
}

/** A name that a certificate is for. */
export type SubjectAltName = PeerCertificate["subjectAltNames"][number];
