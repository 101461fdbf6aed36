/**
 * Fields of a certificate: RFC 5280, section 4.1. The runtime's
 * `X509Certificate` is not used: on Deno, its texts do not mark the end of a
 * name, so that one name could pose as two.
 */

import type { SubjectAltName } from "../core/peer_certificate.ts";
import { readAltNames } from "./alt_names.ts";
import {
  contextTag,
  DerReader,
  type DerValue,
  fail,
  objectIdentifier,
  TAG,
} from "./der.ts";
import { type DistinguishedName, readName } from "./distinguished_name.ts";

const SUBJECT_ALT_NAME = "2.5.29.17";

/** The parts of a certificate that are used here. */
export interface Certificate {
  /** Serial number in hexadecimal. */
  readonly serialNumber: string;
  /** Issuer of the certificate. */
  readonly issuer: DistinguishedName;
  /** Start of its validity. */
  readonly validFrom: Date;
  /** End of its validity. */
  readonly validTo: Date;
  /** Holder of the certificate. */
  readonly subject: DistinguishedName;
  /** Further names of the holder. */
  readonly subjectAltNames: readonly SubjectAltName[];
}

/**
 * Reads a certificate, without validating it.
 *
 * @param der Its bytes.
 * @throws {TypeError} When it is malformed.
 */
export function readCertificate(der: Uint8Array): Certificate {
  const certificate = new DerReader(der).open().open();
  certificate.optional(contextTag(0, true)); // version
  const serialNumber = integerText(certificate.next(TAG.INTEGER));
  certificate.next(TAG.SEQUENCE); // signature
  const issuer = readName(certificate);
  const validity = certificate.open();
  const validFrom = time(validity.next());
  const validTo = time(validity.next());
  const subject = readName(certificate);
  certificate.next(TAG.SEQUENCE); // subjectPublicKeyInfo
  return {
    serialNumber,
    issuer,
    validFrom,
    validTo,
    subject,
    subjectAltNames: altNames(certificate),
  };
}

/**
 * Searches the extensions (section 4.2), which follow two optional identifiers.
 */
function altNames(rest: DerReader): SubjectAltName[] {
  while (!rest.isAtEnd) {
    const { tag, contents } = rest.next();
    if (tag !== contextTag(3, true)) continue;
    for (const list = new DerReader(contents).open(); !list.isAtEnd;) {
      const extension = list.open();
      const id = objectIdentifier(
        extension.next(TAG.OBJECT_IDENTIFIER).contents,
      );
      if (id !== SUBJECT_ALT_NAME) continue;
      let value = extension.next();
      // A BOOLEAN may precede it, which says whether the extension is critical.
      if (value.tag !== TAG.OCTET_STRING) value = extension.next();
      return readAltNames(value.contents);
    }
  }
  return [];
}

/**
 * Formats an integer in hexadecimal, without the byte that keeps it positive.
 */
function integerText({ contents }: DerValue): string {
  const digits = Array.from(
    contents,
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("").toUpperCase();
  return digits.length > 2 && digits.startsWith("00")
    ? digits.slice(2)
    : digits;
}

/**
 * Decodes a time (section 4.1.2.5): UTC with seconds, with two digits of the
 * year until 2049.
 */
function time({ tag, contents }: DerValue): Date {
  const text = String.fromCharCode(...contents);
  const [, year, month, day, hours, minutes, seconds] =
    /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const digits = { [TAG.UTC_TIME]: 2, [TAG.GENERALIZED_TIME]: 4 }[tag];
  if (year?.length !== digits) fail("a time of another form");
  const century = digits === 4 ? "" : Number(year) < 50 ? "20" : "19";
  const date = new Date(
    `${century}${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`,
  );
  if (Number.isNaN(date.getTime())) fail(`the time ${text}`);
  return date;
}
