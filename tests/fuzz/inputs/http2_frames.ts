/** Conversations of HTTP/2 that are valid, and changed in a few places. */

import {
  CLIENT_PREFACE,
  FLAG,
  FRAME,
} from "../../../internal/http2/frame/frame.ts";
import { encodeFrame } from "../../../internal/http2/frame/frame_writer.ts";
import { concatBytes } from "../../../internal/base/bytes.ts";
import { anyBlock, type Field, plainBlock } from "./hpack_blocks.ts";
import { mutatedBytes } from "./mutate_bytes.ts";
import type { Random } from "../random.ts";

/** A frame that is going to be sent. */
export interface Frame {
  type: number;
  flags: number;
  streamId: number;
  payload: Uint8Array;
  /** Another length than it has. */
  claim?: number;
}

/** Calls of a client, by the last part of the path. */
export const PATHS = ["echo", "data", "never", "error", "none", "late"];

/** Headers that mean something to the transport or to gRPC, with values good and bad. */
const HEADERS: readonly Field[] = [
  ["grpc-timeout", "1S"],
  ["grpc-timeout", "99999999H"],
  ["grpc-timeout", "1x"],
  ["grpc-timeout", "-1m"],
  ["grpc-encoding", "identity"],
  ["grpc-encoding", "gzip"],
  ["grpc-encoding", "br"],
  ["grpc-accept-encoding", "gzip,identity"],
  ["content-length", "5"],
  ["content-length", "x"],
  ["content-type", "text/html"],
  ["content-type", "application/grpc+proto"],
  ["te", "gzip"],
  ["connection", "close"],
  ["cookie", "a=b; c=d"],
  ["x-a-bin", "AAEC"],
  ["x-a-bin", "AAEC,=,%,,AA=="],
  ["x-a", " padded "],
  ["X-Upper", "1"],
  ["x-\0", "1"],
  ["", "1"],
  ["__proto__", "1"],
  ["constructor", "1"],
  [":path", "/x/data"],
  [":status", "200"],
  [":unknown", "1"],
  ["authorization", "Basic AAEC"],
  ["grpc-status", "0"],
  ["grpc-status", "17"],
  ["grpc-status", "5"],
  ["grpc-status", "x"],
  ["grpc-message", "%41%zz%e4"],
  ["grpc-status-details-bin", "AAEC"],
  ["x-arrow-status", "4"],
  ["x-arrow-status-message-bin", "AAEC"],
  ["location", "https://host/"],
  ["retry-after", "1"],
];

/** Settings that exist, and one that does not. */
const SETTINGS = [1, 2, 3, 4, 5, 6, 8, 99];

/** Makes the frames of one side. */
export class Conversation {
  readonly #random: Random;
  readonly #isClient: boolean;
  readonly #table = { entries: 0, isLarge: true };
  readonly #frames: Frame[] = [];
  /** The streams that the client begins: 1, 3, 5, … */
  #streams = 0;

  /** @param isClient Whether it is what a client says. */
  constructor(random: Random, isClient: boolean) {
    this.#random = random;
    this.#isClient = isClient;
  }

  /** The frames, the first of which are SETTINGS. */
  frames(): Frame[] {
    const random = this.#random;
    this.#add(FRAME.SETTINGS, 0, 0, this.#settings());
    if (random.oneIn(2)) this.#add(FRAME.SETTINGS, FLAG.ACK, 0);
    for (let count = 1 + random.below(4); count > 0; count--) this.#exchange();
    if (!random.oneIn(5)) {
      for (let i = random.below(3); i >= 0; i--) this.#mutate();
    }
    return this.#frames;
  }

  /** A request or a response as it should be, with what may stand between its frames. */
  #exchange(): void {
    const random = this.#random;
    const id = 2 * this.#streams++ + 1;
    const messages = random.below(3);
    const isTrailersOnly = !this.#isClient && random.oneIn(4);
    this.#headers(id, this.#first(isTrailersOnly), isTrailersOnly);
    if (isTrailersOnly) return;
    for (let i = 0; i < messages; i++) {
      if (random.oneIn(3)) this.#aside(id);
      const isLast = this.#isClient && i + 1 === messages;
      this.#data(id, grpcMessage(random), isLast);
    }
    if (!this.#isClient) this.#headers(id, this.#status(), true);
    else if (messages === 0) this.#data(id, new Uint8Array(0), true);
  }

  #first(isTrailersOnly: boolean): Field[] {
    const random = this.#random;
    const fields: Field[] = this.#isClient
      ? [
        [":method", "POST"],
        [":scheme", "http"],
        [":path", `/x/${random.pick(PATHS)}`],
        [":authority", "host"],
        ["te", "trailers"],
        ["content-type", "application/grpc"],
      ]
      : [[":status", "200"], ["content-type", "application/grpc"]];
    if (isTrailersOnly) fields.push(...this.#status());
    if (random.oneIn(2)) this.#disturb(fields);
    return fields;
  }

  #status(): Field[] {
    const fields: Field[] = [[
      "grpc-status",
      this.#random.pick(["0", "0", "5"]),
    ]];
    if (this.#random.oneIn(6)) this.#disturb(fields);
    return fields;
  }

  #disturb(fields: Field[]): void {
    const random = this.#random;
    const at = random.below(fields.length + 1);
    if (random.oneIn(5)) fields.splice(at, 1);
    else if (random.oneIn(8)) fields.push(...fields);
    else {fields.splice(
        random.oneIn(2) ? at : fields.length,
        0,
        random.pick(HEADERS),
      );}
    if (random.oneIn(20)) {
      const header: Field = ["x-long", "v".repeat(random.below(20_000))];
      fields.push(header);
    }
  }

  /** A block, in HEADERS and CONTINUATION. */
  #headers(id: number, fields: readonly Field[], isEnd: boolean): void {
    const random = this.#random;
    let block = plainBlock(fields, random);
    if (random.oneIn(25)) block = anyBlock(random, this.#table);
    let flags = isEnd ? FLAG.END_STREAM : 0;
    let parts = [block];
    if (random.oneIn(4)) {
      const middle = random.below(block.length);
      parts = [block.subarray(0, middle), block.subarray(middle)];
    }
    let first = parts[0]!;
    if (random.oneIn(6)) {
      // Priorities are deprecated, and read over (section 5.3.2).
      first = concatBytes([random.bytes(5), first]);
      flags |= FLAG.PRIORITY;
    }
    [first, flags] = this.#padded(first, flags);
    if (parts.length === 1) flags |= FLAG.END_HEADERS;
    this.#add(FRAME.HEADERS, flags, id, first);
    if (parts.length > 1) {
      this.#add(FRAME.CONTINUATION, FLAG.END_HEADERS, id, parts[1]);
    }
  }

  #data(id: number, bytes: Uint8Array, isEnd: boolean): void {
    const end = isEnd ? FLAG.END_STREAM : 0;
    const cut = this.#random.oneIn(3) ? this.#random.below(bytes.length) : 0;
    if (cut > 0) this.#add(FRAME.DATA, 0, id, bytes.subarray(0, cut));
    const [payload, flags] = this.#padded(bytes.subarray(cut), end);
    this.#add(FRAME.DATA, flags, id, payload);
  }

  #padded(payload: Uint8Array, flags: number): [Uint8Array, number] {
    const random = this.#random;
    if (!random.oneIn(6)) return [payload, flags];
    const padding = random.below(20);
    const bytes = new Uint8Array(1 + payload.length + padding);
    bytes[0] = random.oneIn(10) ? random.below(256) : padding;
    bytes.set(payload, 1);
    return [bytes, flags | FLAG.PADDED];
  }

  /** A frame that may come at any time. */
  #aside(id: number): void {
    const random = this.#random;
    switch (random.below(8)) {
      case 0:
        return this.#add(FRAME.PING, random.below(2), 0, random.bytes(8));
      case 1:
        return this.#add(FRAME.SETTINGS, 0, 0, this.#settings());
      case 2:
        return this.#add(FRAME.RST_STREAM, 0, id, uint32(random.below(16)));
      case 3:
        return this.#add(FRAME.PRIORITY, 0, id, random.bytes(5));
      case 4:
        return this.#add(
          11 + random.below(200),
          random.below(256),
          id,
          random.bytes(9),
        );
      case 5:
        if (!random.oneIn(4)) return;
        return this.#add(
          FRAME.GOAWAY,
          0,
          0,
          concatBytes([
            uint32(random.below(6)),
            uint32(random.below(16)),
            random.bytes(3),
          ]),
        );
      default:
        return this.#add(
          FRAME.WINDOW_UPDATE,
          0,
          random.oneIn(2) ? 0 : id,
          uint32(random.oneIn(8) ? random.edge() : 1 + random.below(70_000)),
        );
    }
  }

  #settings(): Uint8Array {
    const random = this.#random;
    const settings: number[] = [];
    for (let count = random.below(4); count > 0; count--) {
      const id = random.pick(SETTINGS);
      const value = random.oneIn(15)
        ? random.edge()
        : id === 5
        ? 16_384 + random.below(70_000)
        : id === 2
        ? 0
        : random.below(100_000);
      settings.push(0, id, ...uint32(value));
    }
    return Uint8Array.from(settings);
  }

  /** Changes one frame, or their order. */
  #mutate(): void {
    const random = this.#random;
    const frames = this.#frames;
    const at = random.below(frames.length);
    const frame = frames[at]!;
    switch (random.below(15)) {
      case 0:
        frames.splice(at, 1, ...(frames.length > 1 ? [] : [frame]));
        return;
      case 1:
        for (let count = random.oneIn(30) ? 200 : 1; count > 0; count--) {
          frames.splice(at, 0, { ...frame });
        }
        return;
      case 2: {
        const other = random.below(frames.length);
        [frames[at], frames[other]] = [frames[other]!, frame];
        return;
      }
      case 3:
        frame.flags ^= 1 << random.below(8);
        return;
      case 4:
        frame.type = random.oneIn(8) ? random.below(256) : random.below(10);
        return;
      case 5:
      case 6:
        frame.streamId = random.pick([
          0,
          1,
          2,
          3,
          frame.streamId + 2,
          frame.streamId + 1,
          2 ** 31 - 1,
          2 ** 31 + frame.streamId,
        ]);
        return;
      case 7:
      case 8:
        frame.payload = mutatedBytes(frame.payload, random);
        return;
      case 9:
        frame.claim = Math.abs(random.near(frame.payload.length)) % 2 ** 24;
        return;
      case 10:
        frame.payload = new Uint8Array(
          random.pick([0, 1, 16_384, 16_385, 70_000]),
        );
        return;
      case 11:
        frame.payload = grpcPrefix(random);
        return;
      default: {
        const count = frames.length;
        this.#aside(frame.streamId);
        // In a wrong place, such as in the middle of a header block.
        if (frames.length > count) frames.splice(at, 0, frames.pop()!);
      }
    }
  }

  #add(
    type: number,
    flags: number,
    streamId: number,
    payload: Uint8Array = new Uint8Array(0),
  ): void {
    this.#frames.push({ type, flags, streamId, payload });
  }
}

/** Chunks to send, and whether every frame has its stated length. */
export interface Chunks {
  readonly parts: readonly Uint8Array[];
  readonly isFramed: boolean;
}

/** Puts frames together, and takes the bytes apart anywhere. */
export function chunksOf(
  frames: readonly Frame[],
  isClient: boolean,
  random: Random,
): Chunks {
  let isFramed = true;
  const bytes = frames.map(({ type, flags, streamId, payload, claim }) => {
    const frame = encodeFrame(type, flags, streamId, payload);
    if (claim !== undefined && claim !== payload.length) {
      isFramed = false;
      frame.set([claim >>> 16, claim >>> 8, claim]);
    }
    return frame;
  });
  if (isClient) bytes.unshift(new TextEncoder().encode(CLIENT_PREFACE));
  let all = concatBytes(bytes);
  if (random.oneIn(15)) {
    isFramed = false;
    all = mutatedBytes(all, random);
  }
  const step = random.pick([1 << 20, 1 << 20, 5000, 200, 20]);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < all.length;) {
    const end = Math.min(all.length, at + 1 + random.below(step));
    parts.push(all.subarray(at, end));
    at = end;
  }
  return { parts, isFramed };
}

/** A message with the prefix of gRPC. */
function grpcMessage(random: Random): Uint8Array {
  const length = random.oneIn(10) ? random.below(16_000) : random.below(40);
  const message = new Uint8Array(5 + length);
  message.set(uint32(length), 1);
  if (random.oneIn(30)) message[0] = random.below(4);
  if (random.oneIn(30)) message.set(uint32(random.edge()), 1);
  return message;
}

/** A prefix that claims anything. */
function grpcPrefix(random: Random): Uint8Array {
  return Uint8Array.of(random.below(3), ...uint32(random.edge()), 1, 2, 3);
}

/** A number as the frames have them. */
export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
