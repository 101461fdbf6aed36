/** Describes bytes that are not valid PEM (RFC 7468), without showing them. */

/** Longest text that may be the name of a file, in characters. */
const MAX_PATH_CHARACTERS = 1000;

/**
 * Explains, by its first bytes, why a certificate or a key cannot be used.
 *
 * @param pem The bytes.
 * @param wanted Name of the expected contents.
 */
export function pemProblem(
  pem: Uint8Array,
  wanted: "certificate" | "private key",
): string {
  const text = new TextDecoder("latin1").decode(pem);
  const label = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(text)?.[1];
  if (label === undefined) {
    return `it is not a ${wanted} in PEM: ${unlabeled(pem, text)}`;
  }
  const isCertificate = /(?:^|X509 |TRUSTED )CERTIFICATE$/.test(label);
  const isKey = label.endsWith("PRIVATE KEY");
  if (wanted === "private key" && isKey) {
    return /^ENCRYPTED /.test(label) || text.includes("Proc-Type: 4,ENCRYPTED")
      ? "it is encrypted, which is not supported: decrypt it with " +
        "`openssl pkey -in encrypted.pem -out key.pem`"
      : "it is not a private key in PEM: the text is damaged, or of a kind " +
        "that this runtime does not know";
  }
  return wanted === "certificate" && isCertificate
    ? "it is not a certificate in PEM: the text is damaged"
    : `it is not a ${wanted} in PEM: it has "BEGIN ${label}"`;
}

function unlabeled(pem: Uint8Array, text: string): string {
  if (pem.length === 0) return "it is empty";
  // A SEQUENCE of ASN.1 (X.690, section 8.9).
  if (pem[0] === 0x30 && pem[1]! >= 0x80) {
    return "it is binary, like DER and PKCS #12";
  }
  return pem.length <= MAX_PATH_CHARACTERS &&
      /^[^\n\0]*[/.\\][^\n\0]*$/.test(text)
    ? 'it has no BEGIN line; a file is given as { file: "…" }'
    : "it has no BEGIN line";
}
