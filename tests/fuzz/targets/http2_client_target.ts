/** A client's connection, of which a server says what it likes. */

import { setImmediate } from "node:timers";
import { FlightError } from "../../../internal/core/flight_error.ts";
import { ClientCall } from "../../../internal/transport/http2/client_call.ts";
import { Http2Connection } from "../../../internal/http2/connection/connection.ts";
import type {
  Connector,
  WaitingCall,
} from "../../../internal/transport/http2/connector.ts";
import { FLAG, FRAME } from "../../../internal/http2/frame/frame.ts";
import {
  encodeFrame,
  encodePing,
} from "../../../internal/http2/frame/frame_writer.ts";
import { ERROR_CODE } from "../../../internal/http2/frame/http2_error.ts";
import { limitsOf } from "../../../internal/transport/http2/options.ts";
import { RequestHeaders } from "../../../internal/transport/http2/request_headers.ts";
import type { CallResponse } from "../../../internal/seam/transport.ts";
import { block } from "../../support/transport/messages.ts";
import { request } from "../../support/transport/call_parts.ts";
import { values } from "../../support/transport/test_source.ts";
import { FakeSocket, until } from "./fake_socket.ts";
import { plainBlock } from "../inputs/hpack_blocks.ts";
import { type Chunks, chunksOf, Conversation } from "../inputs/http2_frames.ts";
import type { Random } from "../random.ts";
import { check, rejection, type Target, type Verdict } from "./target.ts";

const HEADERS = new RequestHeaders("http", "host");
/** Small, so that inputs reach them. */
const LIMITS = limitsOf({
  maxReceiveMessageBytes: 20_000,
  flowControlWindowBytes: 65_536,
  maxHeaderListBytes: 16_384,
}, 20_000);

/** Windows, what is on its way, and garbage. */
const BOUND_BYTES = 64 << 20;

const CALLS = 4;

/** Bytes of one server, in chunks. */
export const http2ClientTarget: Target<Chunks> = {
  name: "http2-client",
  reads: "HTTP/2 and gRPC: frames that a server sends",
  memoryBound: () => BOUND_BYTES,
  generate(random: Random): Chunks {
    const frames = new Conversation(random, false).frames();
    return chunksOf(frames, false, random);
  },
  async run({ parts, isFramed }: Chunks): Promise<Verdict> {
    const peer = new Peer();
    // SETTINGS have to come first, or nothing is asked.
    const calls = Array.from({ length: CALLS }, (_, i) => peer.call(i));
    for (const [index, part] of parts.entries()) {
      peer.socket.receive(part);
      if (index < 4) await turn();
    }
    if (isFramed) await peer.probe();
    await turn();
    peer.socket.hangUp();
    check(
      await until(() => calls.every(({ isSettled }) => isSettled)),
      () => "a call does not end with its connection",
    );
    const { goaway } = peer.socket;
    check(
      goaway?.code !== ERROR_CODE.INTERNAL_ERROR,
      () => `the connection ends with INTERNAL_ERROR: ${goaway?.text}`,
    );
    if (goaway !== undefined) return `GOAWAY ${goaway.text}`;
    const verdicts = calls.map(({ error }) =>
      error === undefined ? undefined : rejection(error)
    );
    // Those that are not answered do not count, if any is.
    return verdicts.includes(undefined) ? undefined : verdicts[0];
  },
};

/** A call, and what came of it. */
interface TestedCall {
  isSettled: boolean;
  error: unknown;
}

/** A connection, in the place of the connector that would have made it. */
class Peer {
  readonly socket = new FakeSocket(true);
  readonly #connection: Http2Connection;
  readonly #waiting = new Set<WaitingCall>();

  constructor() {
    const serve = (): void => this.#serve();
    this.#connection = new Http2Connection(
      "client",
      this.socket.socket,
      LIMITS,
      {
        onReady: serve,
        onChange: serve,
        onGoaway: serve,
        onStream: () => {},
        onEnd: serve,
      },
    );
  }

  /** Begins a call, reads it to its end or thinks better of it. */
  call(kind: number): TestedCall {
    const controller = new AbortController();
    const messages = values(block(10), block(kind * 9000));
    const response = this.#start(
      new ClientCall(request({ messages, signal: controller.signal }), {
        connector: {
          request: (call: WaitingCall) => {
            this.#waiting.add(call);
            this.#serve();
          },
          withdraw: (call: WaitingCall) => this.#waiting.delete(call),
          answered: () => {},
        } as unknown as Connector,
        location: "grpc://host:1",
        requestHeaders: HEADERS,
        limits: LIMITS,
        onEnd: () => {},
      }),
    );
    const tested: TestedCall = { isSettled: false, error: undefined };
    this.#read(response, kind, controller).catch((error) => {
      tested.error = error;
    }).finally(() => tested.isSettled = true);
    return tested;
  }

  /** A connection that goes on answers a PING, and a call that is answered ends. */
  async probe(): Promise<void> {
    const { socket } = this;
    socket.receive(encodePing(Uint8Array.of(112, 0, 0, 0, 0, 0, 0, 1), false));
    const isAnswered = () =>
      socket.isOver ||
      socket.find(FRAME.PING, ({ payload }) => payload[0] === 112) !==
        undefined;
    check(await until(isAnswered), () => "a PING is not answered");
    if (!this.#connection.isUsable || this.#connection.isEnded) return;
    const begun = new Set(socket.frames.map(({ streamId }) => streamId));
    const tested = this.call(0);
    await turn();
    const ids = socket.frames.map(({ streamId }) => streamId);
    const streamId = ids.find((id) => !begun.has(id));
    // The peer may have allowed no more streams.
    if (streamId === undefined) return;
    const answer = plainBlock([
      [":status", "200"],
      ["content-type", "application/grpc"],
      ["grpc-status", "0"],
    ]);
    socket.receive(
      encodeFrame(
        FRAME.HEADERS,
        FLAG.END_HEADERS | FLAG.END_STREAM,
        streamId,
        answer,
      ),
    );
    check(
      await until(() => tested.isSettled),
      () => "a call that was answered does not end",
    );
  }

  #start(call: ClientCall): CallResponse<Uint8Array> {
    call.start();
    return call.response;
  }

  async #read(
    { headers, messages }: CallResponse<Uint8Array>,
    kind: number,
    controller: AbortController,
  ): Promise<void> {
    headers.catch(() => {});
    if (kind === 1) await headers;
    if (kind === 2) {
      await messages.read();
      messages.cancel(undefined);
    }
    if (kind === 3) {
      await messages.read();
      controller.abort(new FlightError("CANCELLED", "the test has seen it"));
    }
    while (await messages.read() !== undefined) {
      // As long as there is anything.
    }
  }

  #serve(): void {
    const connection = this.#connection;
    for (const call of this.#waiting) {
      const isFull = connection.streams.size >=
        connection.settings.maxConcurrentStreams;
      if (connection.isUsable && !isFull) {
        this.#waiting.delete(call);
        call.attach(connection);
      } else if (connection.isEnded) {
        this.#waiting.delete(call);
        call.fail(new FlightError("UNAVAILABLE", "the connection is over"));
      }
    }
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => resolve()));
}
