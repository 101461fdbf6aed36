/** Names of a subject, and how they match hosts: RFC 5280, RFC 9525. */

import type { SubjectAltName } from "../core/peer_certificate.ts";
import { contextTag, DerReader } from "./der.ts";

/** GeneralName: RFC 5280, section 4.2.1.6. */
const EMAIL = contextTag(1, false);
const DNS = contextTag(2, false);
const URI = contextTag(6, false);
const IP = contextTag(7, false);

/**
 * Reads the names in the extension subjectAltName, without those of other kinds.
 *
 * @param extension The value of the extension.
 * @throws {TypeError} When it is malformed.
 */
export function readAltNames(extension: Uint8Array): SubjectAltName[] {
  const names: SubjectAltName[] = [];
  for (const reader = new DerReader(extension).open(); !reader.isAtEnd;) {
    const { tag, contents } = reader.next();
    if (tag === EMAIL) names.push({ type: "EMAIL", value: ascii(contents) });
    else if (tag === DNS) names.push({ type: "DNS", value: ascii(contents) });
    else if (tag === URI) names.push({ type: "URI", value: ascii(contents) });
    else if (tag === IP) {
      const value = ipAddress(contents);
      if (value !== undefined) names.push({ type: "IP", value });
    }
  }
  return names;
}

/**
 * Reports whether a certificate is valid for a host: RFC 9525, section 6.3. A
 * `*` stands for exactly one label, the first.
 *
 * @param names The names of the certificate.
 * @param host A host name, no IP address.
 */
export function matchesHost(
  names: readonly SubjectAltName[],
  host: string,
): boolean {
  const wanted = normal(host);
  const parent = wanted.slice(wanted.indexOf("."));
  return names.some(({ type, value }) => {
    if (type !== "DNS") return false;
    const name = normal(value);
    return name === wanted ||
      (name.startsWith("*.") && parent !== wanted && name.slice(1) === parent);
  });
}

/**
 * Normalizes a host name: case does not matter, and a final dot (the root) may
 * be present.
 */
function normal(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}

/** Decodes an IA5String. Bytes that are not ASCII stay different from ASCII. */
function ascii(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

/** Formats an address of four or sixteen bytes; IPv6 as in RFC 5952. */
function ipAddress(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return undefined;
  const groups = Array.from(
    { length: 8 },
    (_, i) => (bytes[2 * i]! << 8 | bytes[2 * i + 1]!).toString(16),
  );
  // The first of the longest runs of zeros, but not a single one.
  let [start, count] = [0, 1];
  for (let at = 0; at < groups.length; at++) {
    let zeros = 0;
    while (groups[at + zeros] === "0") zeros++;
    if (zeros > count) [start, count] = [at, zeros];
  }
  if (count === 1) return groups.join(":");
  const [before, after] = [groups.slice(0, start), groups.slice(start + count)];
  return `${before.join(":")}::${after.join(":")}`;
}
