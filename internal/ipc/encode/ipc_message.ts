/** One message of the Arrow IPC format, before it is put on a wire. */

/** A message in two parts: what describes the data, and the data. */
export interface IpcMessage {
  /**
   * The flatbuffer Message, without continuation marker and length. Its own length is a multiple of
   * 8, so that a body that follows it stays aligned.
   */
  readonly header: Uint8Array;
  /**
   * The body in pieces, in order, padding included. They are views of the batch's own memory:
   * whoever keeps them keeps that memory, and must not write to it.
   */
  readonly body: readonly Uint8Array[];
  /** The sum of the lengths of `body`, in bytes: a multiple of 8. */
  readonly bodyLength: number;
  /** Whether it is a dictionary batch. */
  readonly isDictionary?: boolean | undefined;
}

/** What precedes the length in the encapsulated form since format 0.15. */
const CONTINUATION = 0xffffffff;

/**
 * The encapsulated form of a header, as in IPC streams and files: continuation marker, length,
 * flatbuffer.
 *
 * @param header A flatbuffer Message whose length is a multiple of 8.
 * @returns A fresh array, a multiple of 8 bytes long.
 */
export function encapsulate(header: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + header.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, CONTINUATION, true);
  view.setInt32(4, header.byteLength, true);
  bytes.set(header, 8);
  return bytes;
}

/**
 * The header of the first message in `bytes`. The continuation marker may be missing, as it was
 * before format 0.15; whatever follows the header is ignored.
 *
 * @param bytes An encapsulated message, or a whole IPC stream.
 * @returns A view of the flatbuffer, or a text that says what is wrong.
 */
export function firstHeader(bytes: Uint8Array): Uint8Array | string {
  if (bytes.byteLength === 0) return "there are no bytes";
  const { byteLength } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, byteLength);
  let start = 0;
  if (byteLength >= 4 && view.getUint32(0, true) === CONTINUATION) start = 4;
  if (start + 4 > byteLength) {
    return `${byteLength} bytes are too few for a length prefix`;
  }
  const length = view.getInt32(start, true);
  start += 4;
  if (length === 0) return "the stream ends before its first message";
  if (length < 0 || length > byteLength - start) {
    return `the header is said to take ${length} bytes, but ${
      byteLength - start
    } follow`;
  }
  return bytes.subarray(start, start + length);
}
