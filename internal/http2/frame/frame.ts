/** The frames of HTTP/2: RFC 9113, sections 4.1 and 6. */

/** Size of a frame header, in bytes (section 4.1). */
export const FRAME_HEADER_BYTES = 9;

/** SETTINGS_MAX_FRAME_SIZE until a peer changes it (section 6.5.2). */
export const MIN_MAX_FRAME_BYTES = 16_384;

/** Largest SETTINGS_MAX_FRAME_SIZE (section 6.5.2). */
export const MAX_MAX_FRAME_BYTES: number = 2 ** 24 - 1;

/** Initial window of every connection and stream (section 6.9.2). */
export const INITIAL_WINDOW_BYTES = 65_535;

/** Largest window (section 6.9.1) and largest stream id. */
export const MAX_31_BITS: number = 2 ** 31 - 1;

/** First bytes of a client (section 3.4). */
export const CLIENT_PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** Frame types (section 6). */
export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

/** Flags (section 6); their meaning depends on the type. */
export const FLAG = {
  END_STREAM: 0x01,
  ACK: 0x01,
  END_HEADERS: 0x04,
  PADDED: 0x08,
  PRIORITY: 0x20,
} as const;

/** Header of a frame (section 4.1). */
export interface FrameHeader {
  /** Length of the payload, in bytes. */
  length: number;
  /** One of {@linkcode FRAME}, or unknown. */
  type: number;
  /** A set of {@linkcode FLAG}. */
  flags: number;
  /** Stream id; 0 for the connection. */
  streamId: number;
}

/** Reads a big-endian 32-bit number at `offset`. */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 24 | bytes[offset + 1]! << 16 |
    bytes[offset + 2]! << 8 | bytes[offset + 3]!) >>> 0;
}
