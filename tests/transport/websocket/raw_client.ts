/** A client of the subprotocol that sends any frames. */

import { assertEquals } from "@std/assert";
import { NORMAL_CLOSE } from "../../../internal/transport/websocket/connection.ts";
import { StandardConnection } from "../../../internal/transport/websocket/standard_socket.ts";
import { frame, framesOf, shown, SUBPROTOCOL } from "./frames.ts";
import { PATH } from "./raw_upgrade.ts";

/** An open socket. */
export interface RawClient extends Disposable {
  /** Sends frames, each in a message of its own. */
  send(...frames: Uint8Array[]): void;
  /** Sends a text message. */
  sendText(text: string): void;
  /** The next frame. */
  read(): Promise<Uint8Array | undefined>;
  /** All frames up to TRAILERS, by type and content. */
  answer(): Promise<[type: string, content: string][]>;
  /** All frames up to the end of the socket, and that end. */
  rest(): Promise<
    { frames: [string, string][]; code?: number; reason?: string }
  >;
}

/** Opens a socket, and sends HEADERS if they are given. */
export async function rawClient(
  url: string,
  headers?: string,
  path: string = PATH,
): Promise<RawClient> {
  const socket = new WebSocket(url.replace("http", "ws") + path, [SUBPROTOCOL]);
  const connection = new StandardConnection(socket);
  assertEquals(await connection.opened(), true);
  if (headers !== undefined) connection.write(frame("headers", headers));
  const waiting: Uint8Array[] = [];
  const read = async (): Promise<Uint8Array | undefined> => {
    while (waiting.length === 0) {
      const message = await connection.read();
      if (message === undefined) return undefined;
      waiting.push(...framesOf(message));
    }
    return waiting.shift();
  };
  return {
    send(...frames) {
      for (const bytes of frames) connection.write(bytes);
    },
    sendText: (text) => socket.send(text),
    read,
    async answer() {
      const frames: [string, string][] = [];
      while (frames.at(-1)?.[0] !== "trailers") {
        frames.push(shown((await read())!));
      }
      return frames;
    },
    async rest() {
      const frames: [string, string][] = [];
      for (let bytes; (bytes = await read()) !== undefined;) {
        frames.push(shown(bytes));
      }
      return { frames, ...connection.end };
    },
    [Symbol.dispose]: () => connection.close(NORMAL_CLOSE, ""),
  };
}
