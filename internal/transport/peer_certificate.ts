/** The certificate of a peer, as handlers see it. */

import { createHash } from "node:crypto";

import { encodeBase64 } from "../base/base64.ts";
import type { PeerCertificate } from "../core/peer_certificate.ts";
import { readCertificate } from "../x509/certificate.ts";

/** Lines of PEM (RFC 7468, section 2). */
const LINE = /.{1,64}/g;

/**
 * Describes a certificate.
 *
 * @param bytes The certificate in DER.
 * @throws {TypeError} When it is malformed.
 */
function peerCertificate(bytes: Uint8Array): PeerCertificate {
  const der = new Uint8Array(bytes);
  const { subject, issuer, ...rest } = readCertificate(der);
  const digest = createHash("sha256").update(der).digest("hex");
  return {
    ...rest,
    subject: subject.text,
    commonName: subject.commonName,
    issuer: issuer.text,
    fingerprint256: digest.toUpperCase().match(/../g)!.join(":"),
    der,
    pem: [
      "-----BEGIN CERTIFICATE-----",
      ...encodeBase64(der, true).match(LINE)!,
      "-----END CERTIFICATE-----",
      "",
    ].join("\n"),
  };
}

/**
 * Returns the certificate of a peer, which the runtime has verified.
 *
 * @param socket Its socket. The server must demand certificates, otherwise
 * there is none.
 * @throws {TypeError} When the certificate is malformed.
 */
export function peerCertificateOf(socket: object): PeerCertificate | undefined {
  const { authorized, getPeerCertificate } = socket as {
    readonly authorized?: boolean;
    getPeerCertificate?(): { readonly raw?: Uint8Array } | undefined;
  };
  if (authorized !== true) return undefined;
  const raw = getPeerCertificate?.call(socket)?.raw;
  return raw && peerCertificate(raw);
}
