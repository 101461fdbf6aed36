/** Names of subjects and issuers: RFC 5280, section 4.1.2.4, and RFC 4514. */

import { type DerReader, type DerValue, objectIdentifier, TAG } from "./der.ts";

/** Common name (CN). */
const COMMON_NAME = "2.5.4.3";

/** Types that have a name in RFC 4514 (section 3). */
const TYPES: Readonly<Record<string, string>> = {
  [COMMON_NAME]: "CN",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.9": "STREET",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "0.9.2342.19200300.100.1.1": "UID",
  "0.9.2342.19200300.100.1.25": "DC",
};

/** The decoders of the string types. */
const DECODERS: Readonly<Record<number, string>> = {
  [TAG.UTF8_STRING]: "utf-8",
  [TAG.NUMERIC_STRING]: "latin1",
  [TAG.PRINTABLE_STRING]: "latin1",
  [TAG.TELETEX_STRING]: "latin1",
  [TAG.IA5_STRING]: "latin1",
  [TAG.BMP_STRING]: "utf-16be",
};

/** Name, for display and for comparisons. */
export interface DistinguishedName {
  /** Text as in RFC 4514: the most specific part first. */
  readonly text: string;
  /** The last common name, as it is. */
  readonly commonName: string | undefined;
}

/**
 * Reads a name.
 *
 * @param reader Reader whose next value is the name.
 * @throws {TypeError} When it is malformed.
 */
export function readName(reader: DerReader): DistinguishedName {
  const parts: string[] = [];
  let commonName: string | undefined;
  for (const rdns = reader.open(); !rdns.isAtEnd;) {
    const attributes: string[] = [];
    for (const set = rdns.open(TAG.SET); !set.isAtEnd;) {
      const attribute = set.open();
      const type = objectIdentifier(
        attribute.next(TAG.OBJECT_IDENTIFIER).contents,
      );
      const value = attribute.next();
      const text = textOf(value);
      if (type === COMMON_NAME) commonName = text ?? commonName;
      attributes.push(format(type, text, value));
    }
    parts.unshift(attributes.join("+"));
  }
  return { text: parts.join(","), commonName };
}

/**
 * Section 2.3: a value without a known type, or that is not text, is written as
 * its bytes.
 */
function format(
  type: string,
  text: string | undefined,
  { encoding }: DerValue,
): string {
  const name = TYPES[type];
  return name !== undefined && text !== undefined
    ? `${name}=${escape(text)}`
    : `${name ?? type}=#${hex(encoding)}`;
}

function textOf({ tag, contents }: DerValue): string | undefined {
  const label = DECODERS[tag];
  return label && new TextDecoder(label).decode(contents);
}

/** Section 2.4; a line break or a NUL could deceive the reader. */
function escape(text: string): string {
  return text
    .replace(/["+,;<>\\]|^[ #]| $/g, "\\$&")
    .replace(
      /\p{Cc}/gu,
      (character) =>
        hex(new TextEncoder().encode(character)).replace(/../g, "\\$&"),
    );
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
