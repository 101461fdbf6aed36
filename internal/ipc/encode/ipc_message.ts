/** A message of the Arrow IPC format, before it is put on a wire. */

/** Message in two parts: the description of the data, and the data. */
export interface IpcMessage {
  /**
   * The flatbuffer Message, without continuation marker and length. Its own length is a multiple of
   * 8, so that a body that follows it stays aligned.
   */
  readonly header: Uint8Array;
  /**
   * The body in pieces, in order, padding included. They are views of the batch's own memory, which
   * they keep alive, and must not be written to.
   */
  readonly body: readonly Uint8Array[];
  /** Sum of the lengths of `body`, in bytes: a multiple of 8. */
  readonly bodyLength: number;
  /** True for a dictionary batch. */
  readonly isDictionary?: boolean | undefined;
}

/** Marker before the length in the encapsulated form since format 0.15. */
const CONTINUATION = 0xffffffff;

/**
 * Encapsulates a header, as in IPC streams and files: continuation marker, length, flatbuffer.
 *
 * @param header A flatbuffer Message whose length is a multiple of 8.
 * @returns A new array, a multiple of 8 bytes long.
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
 * Finds the header of the first message in `bytes`. The continuation marker may be missing, as
 * before format 0.15; bytes after the header are ignored.
 *
 * @param bytes An encapsulated message, or a whole IPC stream.
 * @returns A view of the flatbuffer, or a description of the fault.
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
    return `the header claims to take ${length} bytes, but ${
      byteLength - start
    } follow`;
  }
  return bytes.subarray(start, start + length);
}
