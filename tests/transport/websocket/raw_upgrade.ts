/** Requests for a WebSocket over a plain socket, with any headers. */

import { Buffer } from "node:buffer";
import * as net from "node:net";

/** The path of a method, for requests. */
export const PATH = "/arrow.flight.protocol.FlightService/DoExchange";

/** The answer to a request. */
export interface UpgradeAnswer extends Disposable {
  readonly status: number;
  /** All that came, as text. */
  readonly text: string;
  readonly socket: net.Socket;
}

/** The headers of a correct request, without an origin. */
const HEADERS: Readonly<Record<string, string>> = {
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-version": "13",
  "sec-websocket-protocol": "grpc-web-stream.v1",
};

/**
 * Sends a request.
 *
 * @param url The server.
 * @param headers Headers beside the usual ones; an empty one removes it.
 * @param path The path.
 */
export async function upgrade(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  path: string = PATH,
): Promise<UpgradeAnswer> {
  const { port, host } = new URL(url);
  const socket = net.connect(Number(port), "127.0.0.1");
  const lines = Object.entries({ host, ...HEADERS, ...headers })
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  let text = "";
  await new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", resolve);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? "0";
      const head = text.indexOf("\r\n\r\n");
      if (head >= 0 && text.length >= head + 4 + Number(length)) resolve();
    });
  });
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]),
    text,
    socket,
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** Makes a masked frame of RFC 6455 with a mask of zeros. */
export function masked(opcode: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  const head = length < 126
    ? [0x80 | opcode, 0x80 | length]
    : length < 65_536
    ? [0x80 | opcode, 0x80 | 126, length >> 8, length & 255]
    : [
      0x80 | opcode,
      0x80 | 127,
      0,
      0,
      0,
      0,
      length >>> 24,
      length >> 16 & 255,
      length >> 8 & 255,
      length & 255,
    ];
  return Buffer.concat([Uint8Array.from([...head, 0, 0, 0, 0]), content]);
}
