/** Headers as HPACK sees them: RFC 7541, section 1.3. */

/**
 * One header. Strings stand for octets: each character is one octet, from
 * U+0000 to U+00FF. Names are lower case on HTTP/2; nothing here checks that.
 *
 * It is readonly since lists share it with the dynamic table.
 */
export type Header = readonly [name: string, value: string];

/** Headers in the order in which they were sent; names may repeat. */
export type HeaderList = Header[];

/** Size of an entry in addition to its octets: RFC 7541, section 4.1. */
export const HEADER_OVERHEAD_BYTES = 32;

/**
 * Size of a header, the same in the dynamic table (RFC 7541, section 4.1) and
 * in SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113, section 6.5.2).
 */
export function headerBytes(header: Header): number {
  return header[0].length + header[1].length + HEADER_OVERHEAD_BYTES;
}
