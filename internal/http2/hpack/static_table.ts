/** The static table: RFC 7541, section 2.3.1 and appendix A. */

import type { Header } from "./header.ts";

/** All entries; the first one has index 1. */
export const STATIC_TABLE: readonly Header[] = [
  [":authority", ""],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  [":status", "200"],
  [":status", "204"],
  [":status", "206"],
  [":status", "304"],
  [":status", "400"],
  [":status", "404"],
  [":status", "500"],
  ["accept-charset", ""],
  ["accept-encoding", "gzip, deflate"],
  ["accept-language", ""],
  ["accept-ranges", ""],
  ["accept", ""],
  ["access-control-allow-origin", ""],
  ["age", ""],
  ["allow", ""],
  ["authorization", ""],
  ["cache-control", ""],
  ["content-disposition", ""],
  ["content-encoding", ""],
  ["content-language", ""],
  ["content-length", ""],
  ["content-location", ""],
  ["content-range", ""],
  ["content-type", ""],
  ["cookie", ""],
  ["date", ""],
  ["etag", ""],
  ["expect", ""],
  ["expires", ""],
  ["from", ""],
  ["host", ""],
  ["if-match", ""],
  ["if-modified-since", ""],
  ["if-none-match", ""],
  ["if-range", ""],
  ["if-unmodified-since", ""],
  ["last-modified", ""],
  ["link", ""],
  ["location", ""],
  ["max-forwards", ""],
  ["proxy-authenticate", ""],
  ["proxy-authorization", ""],
  ["range", ""],
  ["referer", ""],
  ["refresh", ""],
  ["retry-after", ""],
  ["server", ""],
  ["set-cookie", ""],
  ["strict-transport-security", ""],
  ["transfer-encoding", ""],
  ["user-agent", ""],
  ["vary", ""],
  ["via", ""],
  ["www-authenticate", ""],
];

/** Position of a name in the static table. */
interface StaticName {
  /** Index of the first entry with this name. */
  readonly index: number;
  /** Index of each value that the table has for this name. */
  readonly values: ReadonlyMap<string, number>;
}

/** The static table by name. */
export const STATIC_NAMES: ReadonlyMap<string, StaticName> = byName();

function byName(): Map<string, StaticName> {
  const names = new Map<
    string,
    { index: number; values: Map<string, number> }
  >();
  STATIC_TABLE.forEach(([name, value], i) => {
    const known = names.get(name);
    if (known === undefined) {
      names.set(name, { index: i + 1, values: new Map([[value, i + 1]]) });
    } else {
      known.values.set(value, i + 1);
    }
  });
  return names;
}
