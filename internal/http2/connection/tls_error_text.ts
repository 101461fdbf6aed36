/** Explanations of TLS errors of a socket (RFC 9113, section 9.2). */

import { quoted } from "../../base/quoted.ts";

/** Texts of OpenSSL, BoringSSL and rustls, and their meaning. */
const MEANINGS: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [
    /wrong.version.number|http.request|packet.length.too.long|InvalidContentType/i,
    "it does not speak TLS: use a grpc+tcp location",
  ],
  [
    /no.?application.?protocol/i,
    "the server does not offer HTTP/2 (ALPN h2)",
  ],
  [
    /alert.*protocol.?version|unsupported.protocol/i,
    "the server refuses the versions of TLS that this runtime has",
  ],
  [
    /certificate.?required/i,
    "the server demands a certificate of the client (options " +
    "tls.certificateChain and tls.privateKey)",
  ],
  [
    /alert.*(?:bad.?certificate|certificate.?expired|certificate.?revoked|certificate.?unknown|unknown.?ca|access.?denied)/i,
    "the server does not accept the certificate of the client (option " +
    "tls.certificateChain)",
  ],
  [
    /alert.*handshake.?failure/i,
    "the server refuses the TLS handshake; it may demand a certificate of the " +
    "client (option tls.certificateChain)",
  ],
  [
    /does not match certificate's altnames/i,
    "the certificate of the server is for another host (option " +
    "tls.hostnameOverride)",
  ],
  [
    /disconnected before secure|^closed in the TLS handshake$/,
    "the server closed the connection in the TLS handshake; if it does not " +
    "speak TLS, use a grpc+tcp location",
  ],
];

/** Explains a TLS error of a socket, followed by the error itself. */
export function tlsErrorText(error: Error): string {
  const { message } = error;
  const meaning = MEANINGS.find(([pattern]) => pattern.test(message))?.[1];
  if (meaning === undefined) return message.trim();
  // The text says everything already.
  return /^closed in/.test(message)
    ? meaning
    : `${meaning}: ${quoted(message.trim())}`;
}
