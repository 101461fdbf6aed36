/** Rules for the fields of a message: RFC 9113, sections 8.1.1, 8.2 and 8.3. */

import type { HeaderList } from "../hpack/header.ts";

/** Headers of HTTP/1.1 connections (section 8.2.2). */
export const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** Allowed pseudo-headers. */
interface PseudoHeaders {
  /** Their names, the required ones first. */
  readonly names: readonly string[];
  /** Number of those that are required. */
  readonly required: number;
}

const REQUEST: PseudoHeaders = {
  names: [":method", ":scheme", ":path", ":authority"],
  required: 3,
};
const RESPONSE: PseudoHeaders = { names: [":status"], required: 1 };
const TRAILERS: PseudoHeaders = { names: [], required: 0 };

/** Part of a message to which a header list belongs. */
export type HeaderKind = "request" | "response" | "trailers";

const KINDS: Readonly<Record<HeaderKind, PseudoHeaders>> = {
  request: REQUEST,
  response: RESPONSE,
  trailers: TRAILERS,
};

/**
 * Finds a fault in a header list.
 *
 * @returns The fault, or undefined.
 */
export function problemOf(
  headers: HeaderList,
  kind: HeaderKind,
): string | undefined {
  const { names, required } = KINDS[kind];
  /** A bit for each of the names. */
  let seen = 0;
  let isRegular = false;
  // Without iterators: this runs for every call.
  for (let i = 0; i < headers.length; i++) {
    const name = headers[i]![0];
    const value = headers[i]![1];
    if (name.charCodeAt(0) === 0x3a) {
      if (isRegular) return `${name} after other headers`;
      const at = names.indexOf(name);
      if (at < 0) return `${name} in a ${kind}`;
      if (seen & 1 << at) return `two of ${name}`;
      if (value === "" && name !== ":authority") return `an empty ${name}`;
      seen |= 1 << at;
    } else {
      isRegular = true;
      if (!isName(name)) return `the name ${JSON.stringify(name)}`;
      if (CONNECTION_HEADERS.has(name)) return `the header ${name}`;
      if (name === "te" && value !== "trailers") {
        return 'te other than "trailers"';
      }
    }
    if (!isValue(value)) return `a control character in ${name}`;
  }
  for (let at = 0; at < required; at++) {
    if (!(seen & 1 << at)) return `no ${names[at]}`;
  }
  return undefined;
}

/** Parses `content-length`, or describes its fault (section 8.1.1). */
export function contentLengthOf(
  headers: HeaderList,
): number | undefined | string {
  let length: number | undefined;
  for (let i = 0; i < headers.length; i++) {
    if (headers[i]![0] !== "content-length") continue;
    const value = headers[i]![1];
    const number = /^\d{1,15}$/.test(value) ? Number(value) : undefined;
    if (number === undefined || (length ?? number) !== number) {
      return "an invalid content-length";
    }
    length = number;
  }
  return length;
}

/** Returns the first value of `name`. */
export function fieldOf(
  headers: HeaderList,
  name: string,
): string | undefined {
  for (let i = 0; i < headers.length; i++) {
    if (headers[i]![0] === name) return headers[i]![1];
  }
  return undefined;
}

/** Joins all values of `name` by commas (RFC 9110, section 5.3). */
export function valuesOf(
  headers: HeaderList,
  name: string,
): string | undefined {
  let joined: string | undefined;
  for (const [other, value] of headers) {
    if (other !== name) continue;
    joined = joined === undefined ? value : `${joined}, ${value}`;
  }
  return joined;
}

/** Checks a name (section 8.2.1): visible ASCII, no upper case, no colon. */
function isName(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (
      code <= 0x20 || code >= 0x7f || code === 0x3a ||
      (code >= 0x41 && code <= 0x5a)
    ) return false;
  }
  return name.length > 0;
}

/**
 * Checks a value (section 8.2.1): no NUL, CR or LF. Spaces around it do no
 * harm.
 */
function isValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === 0 || code === 0x0a || code === 0x0d) return false;
  }
  return true;
}
