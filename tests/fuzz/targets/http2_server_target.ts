/** A server's connection, of which a client says what it likes. */

import { setImmediate } from "node:timers";
import {
  ERROR_CODE,
  errorCodeName,
} from "../../../internal/http2/frame/http2_error.ts";
import {
  encodeFrame,
  encodePing,
} from "../../../internal/http2/frame/frame_writer.ts";
import {
  FLAG,
  FRAME,
  readUint32,
} from "../../../internal/http2/frame/frame.ts";
import {
  limitsOf,
  timesOf,
} from "../../../internal/transport/http2/options.ts";
import { Cors } from "../../../internal/grpc/web/cors.ts";
import { ServerConnection } from "../../../internal/transport/http2/server_connection.ts";
import type {
  CallHandler,
  OutgoingMessage,
} from "../../../internal/seam/transport.ts";
import { FlightError } from "../../../internal/core/flight_error.ts";
import { answer, echo, failure } from "../../support/transport/call_parts.ts";
import { block } from "../../support/transport/messages.ts";
import { never, TestSource } from "../../support/transport/test_source.ts";
import { FakeSocket, until } from "./fake_socket.ts";
import { type Chunks, chunksOf, Conversation } from "../inputs/http2_frames.ts";
import { plainBlock } from "../inputs/hpack_blocks.ts";
import type { Random } from "../random.ts";
import { check, type Target, type Verdict } from "./target.ts";

/** Small, so that inputs reach them. */
const OPTIONS = {
  maxReceiveMessageBytes: 20_000,
  flowControlWindowBytes: 65_536,
  maxHeaderListBytes: 16_384,
  maxConcurrentStreams: 8,
};
const LIMITS = limitsOf(OPTIONS, 20_000);
const TIMES = timesOf(OPTIONS);

/** Windows, what is on its way, and garbage. */
const BOUND_BYTES = 64 << 20;

const PROBE = Uint8Array.of(112, 114, 111, 98, 101, 0, 0, 1);

/** Bytes of one client, in chunks. */
export const http2ServerTarget: Target<Chunks> = {
  name: "http2-server",
  reads: "HTTP/2 and gRPC: frames that a client sends",
  memoryBound: () => BOUND_BYTES,
  generate(random: Random): Chunks {
    const frames = new Conversation(random, true).frames();
    return chunksOf(frames, true, random);
  },
  async run({ parts, isFramed }: Chunks): Promise<Verdict> {
    const socket = new FakeSocket(false);
    let open = 0;
    const handler: CallHandler = (request) => {
      open++;
      request.signal.addEventListener("abort", () => open--);
      return answerOf(request);
    };
    let isEnded = false;
    new ServerConnection({
      socket: socket.socket,
      peerCertificate: undefined,
      web: { cors: new Cors(), healthPath: "/healthz", isServing: () => true },
      handler,
      limits: LIMITS,
      times: TIMES,
      onReady: () => {},
      onEnd: () => isEnded = true,
    });
    for (const [index, part] of parts.entries()) {
      socket.receive(part);
      if (index < 4) await turn();
    }
    if (isFramed) await probe(socket);
    await turn();
    socket.hangUp();
    check(
      await until(() => isEnded && open === 0),
      () => `${open} calls are left when the connection has ended: ${isEnded}`,
    );
    return verdictOf(socket);
  },
};

function answerOf(
  request: Parameters<CallHandler>[0],
): ReturnType<CallHandler> {
  switch (request.path) {
    case "/x/echo":
      return echo(request);
    case "/x/never":
      return answer(never());
    case "/x/data":
      return answer(new TestSource((i) => i < 3 ? block(9000) : undefined));
    case "/x/error":
      return failure(new FlightError("NOT_FOUND", "no such thing"));
    case "/x/late":
      return answer(
        new TestSource<OutgoingMessage>(async () => {
          await turn();
          return undefined;
        }),
      );
    default:
      request.messages.cancel(undefined);
      return answer(new TestSource(() => undefined));
  }
}

/**
 * Checks that a connection that goes on after any input answers a PING, and a call: with a status,
 * with a refusal, or by ending.
 */
async function probe(socket: FakeSocket): Promise<void> {
  socket.receive(encodePing(PROBE, false));
  const answered = () =>
    socket.isOver ||
    socket.find(
        FRAME.PING,
        ({ flags, payload }) =>
          (flags & FLAG.ACK) !== 0 && payload[0] === PROBE[0],
      ) !== undefined;
  check(await until(answered), () => "a PING is not answered");
  if (socket.isOver) return;
  // The highest id, which is new after any input.
  const streamId = 2 ** 31 - 1;
  const isTaken = socket.frames.some((frame) => frame.streamId === streamId);
  if (isTaken) return;
  const request = plainBlock([
    [":method", "POST"],
    [":scheme", "http"],
    [":path", "/x/none"],
    ["te", "trailers"],
    ["content-type", "application/grpc"],
  ]);
  const flags = FLAG.END_HEADERS | FLAG.END_STREAM;
  socket.receive(encodeFrame(FRAME.HEADERS, flags, streamId, request));
  check(
    await until(() =>
      socket.isOver ||
      socket.frames.some((frame) => frame.streamId === streamId)
    ),
    () => "a call is not answered",
  );
}

function verdictOf(socket: FakeSocket): Verdict {
  const { goaway } = socket;
  if (goaway !== undefined) {
    check(
      goaway.code !== ERROR_CODE.INTERNAL_ERROR,
      () => `the connection ends with INTERNAL_ERROR: ${goaway.text}`,
    );
    return `GOAWAY ${errorCodeName(goaway.code)}: ${goaway.text}`;
  }
  const reset = socket.find(
    FRAME.RST_STREAM,
    ({ payload }) => readUint32(payload, 0) !== ERROR_CODE.NO_ERROR,
  );
  return reset && `RST_STREAM ${errorCodeName(readUint32(reset.payload, 0))}`;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => resolve()));
}
