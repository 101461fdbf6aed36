/** Calls over a WebSocket: the frames that each side gets. */

import { concatBytes } from "../../../internal/base/bytes.ts";
import { FlightHeaders } from "../../../internal/core/flight_headers.ts";
import type {
  CallResponse,
  OutgoingMessage,
} from "../../../internal/seam/transport.ts";
import { SocketCall } from "../../../internal/transport/websocket/client_call.ts";
import type {
  WebSocketConnection,
  WebSocketEnd,
} from "../../../internal/transport/websocket/connection.ts";
import { answerWebSocket } from "../../../internal/transport/websocket/server_call.ts";
import { mutatedBytes } from "../inputs/mutate_bytes.ts";
import type { Random } from "../random.ts";
import {
  check,
  type Input,
  rejection,
  type Target,
  type Verdict,
} from "./target.ts";

/** Small, so that inputs reach them. */
const SETTINGS = {
  maxReceiveMessageBytes: 5000,
  maxHeaderListBytes: 4096,
  maxHeaderFields: 16,
  flowControlWindowBytes: 65_535,
  keepaliveTimeMs: undefined,
  keepaliveTimeoutMs: 20_000,
  sendStallTimeoutMs: undefined,
  handshakeTimeoutMs: 20_000,
  findBody: () => undefined,
};

const INITIAL_CREDIT = 65_535;
const HEAD_BYTES = 5;
const [DATA, HEADERS, HALF_CLOSE, TRAILERS, CREDIT] = [0, 1, 2, 3, 4];

/** Blocks of headers and trailers. */
const BLOCKS = [
  "",
  "grpc-status: 0\r\n",
  "Grpc-Status:5\ngrpc-message:no%20flight\n",
  "grpc-status: 99\r\n",
  "grpc-timeout: 1H\r\nx-one-bin: AQI,AQ==\r\n",
  "grpc-timeout: 1x\r\n",
  "grpc-encoding: gzip\r\n",
  "no colon\r\n",
  ": empty\r\n",
  "cookie: a=b\r\ncookie: c=d\r\n\r\n",
];

/** Messages of one peer. */
export const websocketTarget: Target = {
  name: "websocket",
  reads: "calls over a WebSocket: what a client and a server send",
  memoryBound: () => 16 << 20,
  generate(random: Random): Input {
    const frames: Uint8Array[] = [];
    if (!random.oneIn(10)) frames.push(block(HEADERS!, random));
    for (let count = random.below(8); count > 0; count--) {
      frames.push(frameOf(random));
    }
    if (random.oneIn(2)) frames.push(frame(HALF_CLOSE!));
    if (random.oneIn(2)) frames.push(block(TRAILERS!, random));
    const parts: Uint8Array[] = [];
    for (let at = 0; at < frames.length;) {
      const end = at + 1 + random.below(3);
      const message = concatBytes(frames.slice(at, end));
      parts.push(random.oneIn(20) ? mutatedBytes(message, random) : message);
      at = end;
    }
    return { parts };
  },
  async run({ parts }: Input): Promise<Verdict> {
    const answered = await serve(parts);
    const received = await call(parts);
    return answered === undefined ? undefined : received ?? answered;
  },
};

/** A socket whose peer sends these messages, and goes when it is waited for. */
class ScriptedConnection implements WebSocketConnection {
  readonly protocol = "grpc-web-stream.v1";
  readonly written: Uint8Array[] = [];
  readonly #parts: Uint8Array[];
  end: WebSocketEnd | undefined;

  constructor(parts: readonly Uint8Array[]) {
    this.#parts = parts.map((part) => part.slice());
  }

  async read(): Promise<Uint8Array | undefined> {
    // Answers are under way in the meantime.
    for (let turn = 0; turn < 50; turn++) await undefined;
    if (this.end !== undefined) return undefined;
    const part = this.#parts.shift();
    if (part === undefined) this.end = { code: 1006, reason: "" };
    return part;
  }

  write(message: Uint8Array): undefined {
    if (this.end === undefined) this.written.push(message);
  }

  close(code: number, reason: string): void {
    check(code === 1000 || code === 4000, () => `closing code ${code}`);
    check(new TextEncoder().encode(reason).length <= 123, () => reason);
    this.end ??= { code, reason };
  }
}

/** A server that sends every message back. Its verdict is the error of the client's messages. */
async function serve(parts: readonly Uint8Array[]): Promise<Verdict> {
  const connection = new ScriptedConnection(parts);
  let verdict: Verdict = "no call";
  let calls = 0;
  let ends = 0;
  await answerWebSocket(connection, {
    path: "/x/y",
    headers: [],
    peer: "fuzz",
    connection: undefined,
  }, {
    ...SETTINGS,
    handler({ messages, signal }): CallResponse<OutgoingMessage> {
      calls++;
      signal.addEventListener("abort", () => ends++);
      return {
        headers: Promise.resolve(new FlightHeaders()),
        messages: {
          async read() {
            try {
              const bytes = await messages.read();
              if (bytes === undefined) verdict = undefined;
              return bytes && { byteLength: bytes.length, chunks: [bytes] };
            } catch (error) {
              verdict = rejection(error);
              throw error;
            }
          },
          cancel: () => {},
        },
        trailers: () => new FlightHeaders(),
      };
    },
  });
  check(calls === ends, () => `${calls} calls, and ${ends} that ended`);
  checkWritten(connection, parts);
  return verdict;
}

/** A client that sends one message, and reads all. Its verdict is its error. */
async function call(parts: readonly Uint8Array[]): Promise<Verdict> {
  const connection = new ScriptedConnection(parts);
  let isEnded = false;
  let isSent = false;
  const client = new SocketCall(
    {
      path: "/x/y",
      headers: new FlightHeaders(),
      messages: {
        read() {
          const chunks = [new Uint8Array(100)];
          const message = isSent ? undefined : { byteLength: 100, chunks };
          isSent = true;
          return Promise.resolve(message);
        },
        cancel: () => {},
      },
      signal: new AbortController().signal,
      deadline: undefined,
    },
    connection,
    {
      url: "http://fuzz",
      headers: [],
      settings: SETTINGS,
      onEnd: () => isEnded = true,
    },
  );
  const { headers, messages } = client.response;
  client.start();
  let verdict: Verdict;
  try {
    while (await messages.read() !== undefined);
    await headers;
  } catch (error) {
    verdict = rejection(error);
  }
  check(isEnded, () => "the call has not ended");
  checkWritten(connection, parts);
  return verdict;
}

/** All that was written are whole frames, with no more data than there was credit for. */
function checkWritten(
  { written }: ScriptedConnection,
  parts: readonly Uint8Array[],
): void {
  let credit = INITIAL_CREDIT;
  for (const part of parts) {
    for (const { type, content } of framesOf(part, false)) {
      if (type === CREDIT && content.length === 4) credit += uint32(content, 0);
    }
  }
  for (const message of written) {
    for (const { type, content } of framesOf(message, true)) {
      if (type === DATA) credit -= content.length;
    }
  }
  check(credit >= 0, () => `${-credit} bytes were sent without credit`);
}

function* framesOf(
  message: Uint8Array,
  isWhole: boolean,
): Iterable<{ type: number; content: Uint8Array }> {
  for (let at = 0; at < message.length;) {
    const start = at + HEAD_BYTES;
    const end = start <= message.length
      ? start + uint32(message, at + 1)
      : Infinity;
    if (end > message.length) {
      check(!isWhole, () => "a frame is cut short");
      return;
    }
    yield { type: message[at]!, content: message.subarray(start, end) };
    at = end;
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}

function frame(
  type: number,
  content: Uint8Array = new Uint8Array(),
): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + content.length);
  bytes[0] = type;
  new DataView(bytes.buffer).setUint32(1, content.length);
  bytes.set(content, HEAD_BYTES);
  return bytes;
}

function block(type: number, random: Random): Uint8Array {
  const count = random.oneIn(10) ? 20 : 1;
  const text = Array.from(
    { length: count },
    () => BLOCKS[random.oneIn(3) ? random.below(BLOCKS.length) : 1]!,
  );
  return frame(type, new TextEncoder().encode(text.join("")));
}

function frameOf(random: Random): Uint8Array {
  if (random.oneIn(40)) return frame(random.below(9), random.bytes(4));
  if (random.oneIn(5)) {
    const content = new Uint8Array(4);
    new DataView(content.buffer).setUint32(
      0,
      random.oneIn(8) ? random.edge() : 1 + random.below(10_000),
    );
    return frame(CREDIT!, content);
  }
  const length = random.pick(
    random.oneIn(20) ? [5001, 70_000] : [0, 1, 30, 300, 4990],
  );
  const message = new Uint8Array(HEAD_BYTES + length);
  message[0] = random.oneIn(40) ? random.below(256) : 0;
  new DataView(message.buffer).setUint32(1, length);
  const cut = random.oneIn(30) ? random.below(message.length) : message.length;
  return frame(DATA!, message.subarray(0, cut));
}
