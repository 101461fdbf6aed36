/** Frames of the subprotocol, byte by byte: docs/websocket.md. */

const encoder = new TextEncoder();

/** The subprotocol. */
export const SUBPROTOCOL = "grpc-web-stream.v1";

/** The types of frames. */
export const TYPES = {
  data: 0,
  headers: 1,
  halfClose: 2,
  trailers: 3,
  credit: 4,
  ping: 5,
  pong: 6,
} as const;

/** Makes a frame. */
export function frame(
  type: keyof typeof TYPES,
  content: string | Uint8Array | readonly number[] = [],
): Uint8Array {
  const bytes = typeof content === "string"
    ? encoder.encode(content)
    : Uint8Array.from(content);
  const result = new Uint8Array(5 + bytes.length);
  result[0] = TYPES[type];
  new DataView(result.buffer).setUint32(1, bytes.length);
  result.set(bytes, 5);
  return result;
}

/** Cuts a message into its frames. */
export function framesOf(message: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < message.length;) {
    const head = new DataView(message.buffer, message.byteOffset + at);
    const end = at + 5 + head.getUint32(1);
    frames.push(message.slice(at, end));
    at = end;
  }
  return frames;
}

/** Makes a CREDIT. */
export function credit(bytes: number): Uint8Array {
  const content = new Uint8Array(4);
  new DataView(content.buffer).setUint32(0, bytes);
  return frame("credit", content);
}

/** Makes a message of gRPC of so many bytes behind its prefix. */
export function message(byteLength: number, flag = 0): Uint8Array {
  const bytes = new Uint8Array(5 + byteLength);
  bytes[0] = flag;
  new DataView(bytes.buffer).setUint32(1, byteLength);
  return bytes;
}

/** The type of a frame, and its content as text. */
export function shown(bytes: Uint8Array): [type: string, content: string] {
  const name = Object.entries(TYPES).find(([, type]) => type === bytes[0]);
  return [name![0], new TextDecoder().decode(bytes.subarray(5))];
}
