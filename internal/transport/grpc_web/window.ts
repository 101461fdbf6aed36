/** The window of a body, where no network has one. */

/** The initial window of HTTP/2 (RFC 9113, section 6.9.2), in bytes. */
export const WINDOW_BYTES = 65_535;

/**
 * A body is read ahead while fewer bytes than this wait in it. Without that, two peers that both write before they read would wait for each other.
 */
export const WINDOW: QueuingStrategy<Uint8Array> = {
  highWaterMark: WINDOW_BYTES,
  // An empty chunk occupies the window too, as its frame header does on a wire.
  size: (chunk) => chunk.byteLength + 5,
};
