/** A peer that does as it likes, frame by frame. */

import type { Buffer } from "node:buffer";
import * as net from "node:net";
import * as tls from "node:tls";

import { concatBytes } from "../../../internal/base/bytes.ts";
import {
  CLIENT_PREFACE,
  FLAG,
  FRAME,
  readUint32,
} from "../../../internal/http2/frame/frame.ts";
import { FrameReader } from "../../../internal/http2/frame/frame_reader.ts";
import {
  encodeFrame,
  encodeHeaders,
} from "../../../internal/http2/frame/frame_writer.ts";
import { HpackDecoder } from "../../../internal/http2/hpack/decoder.ts";
import { HpackEncoder } from "../../../internal/http2/hpack/encoder.ts";
import { errorCodeName } from "../../../internal/http2/frame/http2_error.ts";

import { pem } from "../certs.ts";
import { REQUEST, settingsFrame } from "./raw_frames.ts";

const NAMES = Object.keys(FRAME);

/** A frame that came. */
export interface RawFrame {
  /** Its type, by name. */
  readonly type: string;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Uint8Array;
  /** The headers of HEADERS. */
  readonly headers?: Record<string, string> | undefined;
}

/** One end of a connection. */
export class RawPeer implements AsyncDisposable {
  readonly socket: net.Socket;
  /** All frames that came. */
  readonly frames: RawFrame[] = [];
  /** Resolves when the other end has closed the connection. */
  readonly closed: Promise<void>;
  readonly #encoder = new HpackEncoder();
  readonly #decoder = new HpackDecoder({ maxHeaderListBytes: 1 << 20 });
  #isClosed = false;
  #taken = 0;
  #wake: () => void = () => {};

  constructor(socket: net.Socket, prefaceBytes = 0) {
    this.socket = socket;
    let chunks: Uint8Array[] = [];
    let skip = prefaceBytes;
    const reader = new FrameReader({
      onFrameHeader: ({ length }) => {
        chunks = [];
        return length;
      },
      onDataFrame: (_, chunk, start, end) =>
        chunks.push(chunk.slice(start, end)),
      placeData: () => undefined,
      placeFrame: () => undefined,
      isRegular: false,
      onDataPlaced: () => {},
      onDataFrameEnd: (header) => this.#add(header, concatBytes(chunks)),
      onFrame: (header, payload) => this.#add(header, payload.slice()),
    });
    socket.setNoDelay(true);
    socket.on("data", (chunk: Uint8Array) => {
      const start = Math.min(skip, chunk.length);
      skip -= start;
      reader.push(chunk, start);
    });
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      const close = () => {
        this.#isClosed = true;
        this.#wake();
        resolve();
      };
      socket.once("close", close).once("end", close);
    });
  }

  #add(
    { type, flags, streamId }: {
      type: number;
      flags: number;
      streamId: number;
    },
    payload: Uint8Array,
  ): void {
    const headers = type === FRAME.HEADERS
      ? Object.fromEntries(this.#decoder.decode(payload)!)
      : undefined;
    this.frames.push({
      type: NAMES[type] ?? String(type),
      flags,
      streamId,
      payload,
      headers,
    });
    this.#wake();
  }

  /** Writes bytes. */
  send(...parts: Uint8Array[]): Promise<void> {
    const bytes = concatBytes(parts);
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** HEADERS, and CONTINUATION where needed. */
  headers(
    streamId: number,
    list: Iterable<readonly [string, string]> = REQUEST,
    endStream = false,
  ): Uint8Array {
    return encodeHeaders(
      streamId,
      this.#encoder.encode(list),
      endStream,
      16_384,
    );
  }

  /** The next frame that is not like those before, and fits. */
  async next(
    type: string,
    fits: (frame: RawFrame) => boolean = () => true,
  ): Promise<RawFrame> {
    const deadline = Date.now() + 60_000;
    while (true) {
      while (this.#taken < this.frames.length) {
        const frame = this.frames[this.#taken++]!;
        if (frame.type === type && fits(frame)) return frame;
      }
      if (this.#isClosed || Date.now() > deadline) {
        throw new Error(
          `No ${type} before ${this.#isClosed ? "the end" : "long"}: ${
            this.frames.map(({ type, streamId }) => `${type} ${streamId}`)
          }`,
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** The code of the next GOAWAY that has one. */
  async goaway(): Promise<string> {
    const { payload } = await this.next(
      "GOAWAY",
      ({ payload }) => readUint32(payload, 4) !== 0,
    );
    return errorCodeName(readUint32(payload, 4));
  }

  /** The code of the next RST_STREAM. */
  async reset(streamId: number): Promise<string> {
    const { payload } = await this.next(
      "RST_STREAM",
      (frame) => frame.streamId === streamId,
    );
    return errorCodeName(readUint32(payload, 0));
  }

  /**
   * Checks that the other end answers a PING: it has read everything before it.
   */
  async ping(): Promise<void> {
    await this.send(encodeFrame(FRAME.PING, 0, 0, new Uint8Array(8).fill(7)));
    await this.next(
      "PING",
      ({ flags, payload }) => (flags & FLAG.ACK) !== 0 && payload[0] === 7,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    return Promise.resolve();
  }
}

/** Connects to a server, with TLS or without, and says what a client says first. */
export async function rawClient(
  port: number,
  settings: readonly (readonly [number, number])[] = [],
  isSecure = false,
): Promise<RawPeer> {
  const address = { port, host: "127.0.0.1", allowHalfOpen: true };
  const socket = isSecure
    ? tls.connect({
      ...address,
      ca: pem("ca_cert") as Buffer,
      ALPNProtocols: ["h2"],
    })
    : net.connect(address);
  const peer = new RawPeer(socket);
  await new Promise<void>((resolve) =>
    socket.once(isSecure ? "secureConnect" : "connect", resolve)
  );
  await peer.send(
    new TextEncoder().encode(CLIENT_PREFACE),
    settingsFrame(settings),
  );
  return peer;
}

/** A server of raw peers, one for each connection. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** The connections, in their order. */
  readonly peers: RawPeer[];
  /** The next connection; its SETTINGS are sent. */
  accept(): Promise<RawPeer>;
}

/**
 * Listens, and says nothing but SETTINGS.
 *
 * @param settings What they are.
 * @param onPeer Called with each connection, once they are written.
 * @param isSecure True for TLS, with the certificate of the tests.
 */
export async function rawServer(
  settings: readonly (readonly [number, number])[] = [],
  onPeer: (peer: RawPeer) => void = () => {},
  isSecure = false,
): Promise<RawServer> {
  const peers: RawPeer[] = [];
  let taken = 0;
  let wake = () => {};
  const accept = (socket: net.Socket): void => {
    const peer = new RawPeer(socket, CLIENT_PREFACE.length);
    peer.send(settingsFrame(settings));
    peers.push(peer);
    onPeer(peer);
    wake();
  };
  const server = isSecure
    ? tls.createServer({
      cert: pem("server_cert") as Buffer,
      key: pem("server_key") as Buffer,
      ALPNProtocols: ["h2"],
    }, accept)
    : net.createServer(accept);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as net.AddressInfo).port,
    peers,
    async accept() {
      while (taken >= peers.length) {
        await new Promise<void>((resolve) => wake = resolve);
      }
      return peers[taken++]!;
    },
    async [Symbol.asyncDispose]() {
      for (const { socket } of peers) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
