/** Frames of a WebSocket: RFC 6455, section 5.2. */

/** Kinds of frames. */
export const OPCODE = {
  CONTINUATION: 0,
  TEXT: 1,
  BINARY: 2,
  CLOSE: 8,
  PING: 9,
  PONG: 10,
} as const;

/** Longest content of a control frame (section 5.5). */
export const MAX_CONTROL_BYTES = 125;

/** Closing codes (section 7.4). */
export const CLOSE_CODE = {
  /** The close frame had no code. */
  NONE: 1005,
  /** The socket ended without a close frame. */
  LOST: 1006,
} as const;

/** A frame, or a message, that breaks the rules. */
export class WebSocketFault extends Error {}

/**
 * Makes the head of a frame that is a whole message; frames of a server have no mask.
 *
 * @param opcode Its kind.
 * @param byteLength Length of its content.
 */
export function frameHead(opcode: number, byteLength: number): Uint8Array {
  if (byteLength <= MAX_CONTROL_BYTES) {
    return Uint8Array.of(0x80 | opcode, byteLength);
  }
  const isShort = byteLength < 65_536;
  const head = new Uint8Array(isShort ? 4 : 10);
  const view = new DataView(head.buffer);
  head[0] = 0x80 | opcode;
  head[1] = isShort ? 126 : 127;
  if (isShort) view.setUint16(2, byteLength);
  else view.setBigUint64(2, BigInt(byteLength));
  return head;
}

/**
 * Makes the content of a close frame.
 *
 * @param code The code; none for {@linkcode CLOSE_CODE.NONE}.
 * @param reason The reason, at most 123 bytes of UTF-8.
 */
export function closeContent(code: number, reason: string): Uint8Array {
  if (code === CLOSE_CODE.NONE) return new Uint8Array();
  const text = new TextEncoder().encode(reason);
  const content = new Uint8Array(2 + text.length);
  content[0] = code >> 8;
  content[1] = code & 255;
  content.set(text, 2);
  return content;
}

/**
 * Reads the content of a close frame (section 7.4).
 *
 * @throws {WebSocketFault} When the code is none that may be sent.
 */
export function parseClose(
  content: Uint8Array,
): { readonly code: number; readonly reason: string } {
  if (content.length === 0) return { code: CLOSE_CODE.NONE, reason: "" };
  const code = content[0]! << 8 | content[1]!;
  const isSent = code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 ||
    code >= 3000 && code <= 4999;
  if (content.length === 1 || !isSent) {
    throw new WebSocketFault("a close frame has a code that must not be sent");
  }
  return { code, reason: new TextDecoder().decode(content.subarray(2)) };
}
