/** The certificate with which a client has proved who it is (mutual TLS). */

/** A name that a certificate is for: RFC 5280, section 4.2.1.6. */
export interface SubjectAltName {
  /** What kind of name it is; names of other kinds are left out. */
  readonly type: "DNS" | "EMAIL" | "IP" | "URI";
  /** The name, such as `flight.example`, `192.0.2.1` or `spiffe://example/worker`. */
  readonly value: string;
}

/** A certificate whose chain and key were verified. */
export interface PeerCertificate {
  /** Whom it is for, as RFC 4514 writes names, such as `CN=worker,O=Example`. */
  readonly subject: string;
  /** The last common name (CN) of the subject; `undefined` where it has none. */
  readonly commonName: string | undefined;
  /** The names it is for, in their order: what to go by, rather than by the subject. */
  readonly subjectAltNames: readonly SubjectAltName[];
  /** Who has issued it, written as the subject is. */
  readonly issuer: string;
  /** The number that the issuer gave it, in hexadecimal. */
  readonly serialNumber: string;
  /** When its validity begins. */
  readonly validFrom: Date;
  /** When it ends. A connection outlives it. */
  readonly validTo: Date;
  /** SHA-256 of `der`, in hexadecimal with colons, such as `AB:01:…`. */
  readonly fingerprint256: string;
  /** The certificate itself (X.509), without the rest of its chain. */
  readonly der: Uint8Array;
  /** The same as PEM. */
  readonly pem: string;
}
