/** A connection of HTTP/1.1, and of the WebSocket that it becomes. */

import { Buffer } from "node:buffer";
import { concatBytes } from "../../../internal/base/bytes.ts";
import { Http1Connection } from "../../../internal/http1/connection.ts";
import type { Http1Exchange } from "../../../internal/http1/exchange.ts";
import {
  acceptFields,
  asksForWebSocket,
  speaksVersion13,
} from "../../../internal/http1/websocket/handshake.ts";
import { ServerWebSocket } from "../../../internal/http1/websocket/socket.ts";
import { mutatedBytes } from "../inputs/mutate_bytes.ts";
import type { Random } from "../random.ts";
import { FakeSocket, until } from "./fake_socket.ts";
import { check, type Input, type Target, type Verdict } from "./target.ts";

/** Small, so that inputs reach them. */
const LIMITS = {
  maxHeadBytes: 2000,
  unreadBytes: 65_536,
  headTimeoutMs: 20_000,
  stallTimeoutMs: undefined,
};

const MAX_MESSAGE_BYTES = 3000;

/** Texts that change the meaning of others. */
const SPLICES = [
  "\n",
  "\r",
  "\r\n",
  " ",
  "\t",
  "\0",
  ":",
  "0\r\n\r\n",
  "Content-Length: 3\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Host: other\r\n",
  "Connection: close\r\n",
  "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
];

/** Bytes of one client, in chunks. */
export const http1Target: Target = {
  name: "http1-server",
  reads: "HTTP/1.1 and WebSockets: what a client sends",
  memoryBound: () => 16 << 20,
  generate(random: Random): Input {
    const requests = Array.from(
      { length: 1 + random.below(3) },
      () => requestOf(random),
    );
    if (random.oneIn(3)) requests.push(upgradeOf(random));
    let all: Uint8Array = concatBytes(requests);
    if (random.oneIn(2)) all = spliced(all, random);
    if (random.oneIn(2)) all = mutatedBytes(all, random);
    const step = random.pick([10_000, 300, 20, 2]);
    const parts: Uint8Array[] = [];
    for (let at = 0; at < all.length;) {
      const end = Math.min(all.length, at + 1 + random.below(step));
      parts.push(all.slice(at, end));
      at = end;
    }
    return { parts };
  },
  async run({ parts }: Input): Promise<Verdict> {
    const inParts = await transcriptOf(parts);
    const inOne = await transcriptOf([concatBytes(parts)]);
    check(
      JSON.stringify(inParts) === JSON.stringify(inOne),
      () =>
        `chunks change the meaning: ${JSON.stringify(inParts)} and ${
          JSON.stringify(inOne)
        }`,
    );
    return inOne.fault;
  },
};

/** All that a connection has understood, and has said. */
interface Transcript {
  readonly requests: string[];
  readonly messages: string[];
  fault?: string;
  isOver: boolean;
}

/** A socket that keeps the text that is written to it. */
class TextSocket extends FakeSocket {
  text = "";

  override write(bytes: Uint8Array, done?: (error?: Error) => void): boolean {
    this.text += Buffer.from(bytes).toString("latin1");
    queueMicrotask(() => done?.());
    return true;
  }
}

async function transcriptOf(
  parts: readonly Uint8Array[],
): Promise<Transcript> {
  const socket = new TextSocket(false);
  const requests: string[] = [];
  const messages: string[] = [];
  let isEnded = false;
  let reading: Promise<void> | undefined;
  new Http1Connection(socket.socket, LIMITS, {
    onExchange: (exchange) => {
      requests.push(JSON.stringify(exchange.head));
      if (!opensWebSocket(exchange)) return answerTo(exchange, requests);
      const fields = acceptFields(exchange.head, "fuzz");
      if (typeof fields === "string") return answerTo(exchange, requests);
      exchange.upgrade(fields, (connection) => {
        const opened = new ServerWebSocket(
          connection,
          "fuzz",
          MAX_MESSAGE_BYTES,
          (text) => text,
        );
        reading = readAll(opened, messages);
        return opened;
      });
    },
    onIdle: () => {},
    onStall: () => {},
    onEnd: () => isEnded = true,
  });
  for (const part of parts) {
    socket.receive(part);
    if (reading) await Promise.resolve();
  }
  await new Promise((resolve) => setImmediate(resolve));
  const { isOver } = socket;
  socket.hangUp();
  check(await until(() => isEnded), () => "the connection does not end");
  await reading;
  const fault = /^HTTP\/1\.1 [45].*(?=\r\n)/m.exec(socket.text)?.[0] ??
    messages.find((message) => message.startsWith("fault"));
  return { requests, messages, ...(fault ? { fault } : {}), isOver };
}

function opensWebSocket({ head }: Http1Exchange): boolean {
  return asksForWebSocket(head) && speaksVersion13(head);
}

/** Answers when all of the request has come. */
function answerTo(exchange: Http1Exchange, requests: string[]): void {
  let body = "";
  exchange.listener = {
    onStreamData(chunk, start, end) {
      body += Buffer.from(chunk.subarray(start, end)).toString("latin1");
      exchange.credit(end - start);
    },
    placeStreamData: () => undefined,
    onStreamDataPlaced: () => {},
    onStreamEnd() {
      requests.push(`end ${body}`);
      exchange.sendHeaders([[":status", "200"]], true);
    },
    onStreamReset: () => void requests.push(`reset ${body}`),
  };
}

async function readAll(
  socket: ServerWebSocket,
  messages: string[],
): Promise<void> {
  try {
    for (let bytes; (bytes = await socket.read()) !== undefined;) {
      messages.push(Buffer.from(bytes).toString("latin1"));
    }
    messages.push(`end ${JSON.stringify(socket.end)}`);
  } catch (error) {
    messages.push(`fault: ${error}`);
    socket.close(4000, "");
  }
}

function requestOf(random: Random): Uint8Array {
  const body = "b".repeat(random.below(random.oneIn(5) ? 600 : 12));
  const isChunked = random.oneIn(2);
  const lines = [
    random.pick([
      "POST /x/y HTTP/1.1",
      "GET / HTTP/1.1",
      "POST http://test/x HTTP/1.1",
      "POST /x HTTP/1.0",
      "OPTIONS * HTTP/1.1",
    ]),
    "Host: test",
    ...random.oneIn(4) ? ["A:\t b \t", "Cookie: c=d"] : [],
    ...random.oneIn(8) ? ["Connection: close"] : [],
    ...random.oneIn(8) ? ["Expect: 100-continue"] : [],
    isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`,
  ];
  const content = isChunked ? chunked(body, random) : body;
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${content}`, "latin1");
}

function chunked(body: string, random: Random): string {
  let text = "";
  for (let at = 0; at < body.length;) {
    const part = body.slice(at, at + 1 + random.below(20));
    const extension = random.oneIn(6) ? ";a=b" : "";
    text += `${part.length.toString(16)}${extension}\r\n${part}\r\n`;
    at += part.length;
  }
  return `${text}0\r\n${random.oneIn(4) ? "t: u\r\n" : ""}\r\n`;
}

function upgradeOf(random: Random): Uint8Array {
  const head = Buffer.from(
    "GET /x/y HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\n" +
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  const frames = Array.from({ length: random.below(6) }, () => frame(random));
  return concatBytes([head, ...frames]);
}

/** A masked frame, most often a valid one. */
function frame(random: Random): Uint8Array {
  const content = random.bytes(random.pick([0, 1, 5, 125, 126, 300, 4000]));
  const opcode = random.oneIn(8) ? random.below(16) : random.pick([0, 2, 9]);
  const first = (random.oneIn(4) ? 0 : 0x80) | opcode;
  const { length } = content;
  const head = length < 126
    ? [first, 0x80 | length]
    : [first, 0x80 | 126, length >> 8, length & 255];
  return concatBytes([Uint8Array.from([...head, 1, 2, 3, 4]), content]);
}

function spliced(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length);
  const splice = Buffer.from(random.pick(SPLICES), "latin1");
  return concatBytes([bytes.subarray(0, at), splice, bytes.subarray(at)]);
}
