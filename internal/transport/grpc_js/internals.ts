/**
 * All uses of grpc-js beyond its public interface, each with its reason. All of it fails softly: if
 * a later version has moved an internal, calls still work, but less well.
 */

import type {
  ClientHttp2Stream,
  Http2Session,
  IncomingHttpHeaders,
} from "node:http2";
import type { Server as NetServer, Socket } from "node:net";
import { setImmediate } from "node:timers";

import {
  type ChannelInterface,
  Metadata,
  type Server,
  type ServerInterceptingCallInterface,
} from "@grpc/grpc-js";

import type { MessageEncoding } from "../inflater.ts";
import type { FindBody } from "../../seam/transport.ts";
import { FrameDecoder, PREFIX_BYTES } from "./message_reader.ts";
import { hideTimeout, limitFields } from "./header_limits.ts";
import { closeWithSession } from "./silent_peers.ts";

/** A call as the channel makes it, below grpc-js's stream classes. */
export type ChannelCall = ReturnType<ChannelInterface["createCall"]>;

const IS_DENO = "Deno" in globalThis;

/** Header under which {@linkcode watchTrailers} hides a status. */
const HIDDEN_STATUS = "x-contrail-grpc-status";

/** Prefix of the value of that header if there was a status. */
const PRESENT = "=";

/** Value of that header if there were no trailers. */
const NO_TRAILERS = "none";

/** Common parts of both sides' calls. */
interface ReceivingCall {
  decoder?: {
    readonly readState?: unknown;
    readonly maxReadMessageLength?: number;
  };
}

/** Part of grpc-js's Http2SubchannelCall, the lowest level of a client's call. */
interface SubchannelCall extends ReceivingCall {
  readonly http2Stream?: ClientHttp2Stream;
  readonly httpStatusCode?: number;
  endCall?(status: { readonly details: string }): void;
}

function subchannelCallOf(call: ChannelCall): SubchannelCall | undefined {
  // ResolvingCall > RetryingCall > LoadBalancingCall > Http2SubchannelCall
  // deno-lint-ignore no-explicit-any
  return (call as any).child?.underlyingCalls?.at(-1)?.call?.child;
}

/** Returns the HTTP/2 stream of a client's call, once it has one. */
export function http2StreamOf(
  call: ChannelCall,
): ClientHttp2Stream | undefined {
  return subchannelCallOf(call)?.http2Stream;
}

/**
 * Cancels a client's call so that its request never looks complete: `close` of an HTTP/2 stream ends
 * the data of a request before it resets the stream, and a peer may act in between.
 *
 * @param call The call.
 * @param status Its status, and the details of it.
 */
export function cancelCall(
  call: ChannelCall,
  ...status: Parameters<ChannelCall["cancelWithStatus"]>
): void {
  const stream = http2StreamOf(call) as { end?: unknown } | undefined;
  if (stream === undefined) return call.cancelWithStatus(...status);
  const endLater = () => stream;
  stream.end = endLater;
  try {
    call.cancelWithStatus(...status);
  } finally {
    // Bun ends a stream that has just been written to in a later turn.
    setImmediate(() => delete stream.end);
  }
}

/**
 * Makes grpc-js deliver messages that came before a failure. It reports a status other than OK as
 * soon as the trailers arrive, and drops unread messages; but it holds back OK until everything is
 * read. So every status is made to look like OK, and its code is hidden in a header of its own.
 *
 * @param call A call whose response headers have come.
 * @param onTrailers Called when the trailers have arrived: all messages are in this process by
 * then, and nothing more can be sent.
 */
export function watchTrailers(call: ChannelCall, onTrailers: () => void): void {
  const stream = http2StreamOf(call);
  if (typeof stream?.prependListener !== "function") return;
  let hasTrailers = false;
  stream.prependListener("trailers", (headers: Record<string, unknown>) => {
    hasTrailers = true;
    const status = statusText(headers["grpc-status"]);
    headers[HIDDEN_STATUS] ??= status === undefined ? "" : PRESENT + status;
    headers["grpc-status"] = "0";
    ignoreLateFailures(call);
    takeAll(stream);
    onTrailers();
  });
  // An answer that ends with its data: grpc-js would wait for the stream to close, which happens
  // only after all of the request was sent.
  stream.once("end", () => {
    setImmediate(() => {
      if (hasTrailers || stream.destroyed || stream.rstCode) return;
      stream.emit("trailers", { [HIDDEN_STATUS]: NO_TRAILERS }, 0);
    });
  });
}

/**
 * Has grpc-js take all data of an answer that has ended. Deno drops what is unread when it closes the
 * stream, as it does when a server ends the connection behind its last call.
 */
function takeAll(stream: ClientHttp2Stream): void {
  if (!IS_DENO || typeof stream.read !== "function") return;
  // Each read emits "data".
  while (stream.read() !== null);
}

/** End of an answer. */
interface AnswerEnding {
  /** Kind of the end; data is not even a block. */
  readonly kind: "headers" | "trailers" | "data";
  /** All values of its `grpc-status`, joined by commas. */
  readonly status: string | undefined;
}

/** Statuses of blocks that are answers of their own, as they came. */
const statuses = new WeakMap<Metadata, string>();

/**
 * Makes grpc-js remember the statuses that it reads: it takes an empty one for 0, which means OK.
 * Nothing else changes for other users of it in this process.
 */
function rememberStatuses(): void {
  const { fromHttp2Headers } = Metadata;
  if (typeof fromHttp2Headers !== "function") return;
  const remembering: typeof fromHttp2Headers = (headers) => {
    const metadata = fromHttp2Headers.call(Metadata, headers);
    const status = statusText(headers["grpc-status"]);
    if (status !== undefined) statuses.set(metadata, status);
    return metadata;
  };
  Metadata.fromHttp2Headers = remembering;
}

rememberStatuses();

/** Joins all values of a header by commas, as node:http2 does for most of them. */
function statusText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/**
 * Returns the end of an answer, as it came.
 *
 * @param metadata The metadata that grpc-js reports with the status.
 * @returns The end; undefined if it is unknown.
 */
export function endingOf(
  metadata: Metadata,
): AnswerEnding | undefined {
  const hidden = metadata.get(HIDDEN_STATUS).at(0);
  if (typeof hidden === "string") {
    metadata.remove(HIDDEN_STATUS);
    return {
      kind: hidden === NO_TRAILERS ? "data" : "trailers",
      status: hidden.startsWith(PRESENT)
        ? hidden.slice(PRESENT.length)
        : undefined,
    };
  }
  const status = statuses.get(metadata);
  return status !== undefined || metadata.get("content-type").length > 0
    ? { kind: "headers", status }
    : undefined;
}

/** Returns the `:status` of an answer, once it has arrived. */
export function httpStatusOf(call: ChannelCall): number | undefined {
  return subchannelCallOf(call)?.httpStatusCode;
}

/**
 * Makes grpc-js gather the messages of a call aligned.
 *
 * @param call A call of either side.
 * @param findBody Finds the part to align.
 * @returns True if that was possible; it is not in mid-message.
 */
export function gatherAligned(
  call: ChannelCall | ServerInterceptingCallInterface,
  findBody: FindBody,
): boolean {
  const inner = subchannelCallOf(call as ChannelCall) ??
    (call as ReceivingCall);
  const { readState, maxReadMessageLength: max } = inner.decoder ?? {};
  if (readState !== 0 || typeof max !== "number") return false;
  inner.decoder = new FrameDecoder(max, findBody);
  return true;
}

/**
 * On Bun, every `resume` of a stream re-opens all of its window, however much is unread: a slow
 * reader would end up with the whole stream in memory. So only the reading resumes it, as long as
 * there are bytes to read. If there are none, the stream may be waiting for bytes that a pause has
 * stopped.
 */
export function keepWindow(call: ChannelCall): void {
  const stream = http2StreamOf(call);
  if (!("Bun" in globalThis) || typeof stream?.listeners !== "function") return;
  const listeners = stream.listeners("resume");
  stream.removeAllListeners("resume");
  stream.on("resume", () => {
    if (stream.readableLength >= stream.readableHighWaterMark) return;
    for (const listener of listeners) listener.call(stream);
  });
}

/**
 * Ignores failures after the trailers, which grpc-js would report instead of the status that it has
 * received: of a write that is pending when a server completes a call before it has read everything (on Deno
 * with ECANCELED), and on Deno also of the connection, all of whose data was taken.
 */
function ignoreLateFailures(call: ChannelCall): void {
  const inner = subchannelCallOf(call);
  const endCall = inner?.endCall;
  if (!inner || typeof endCall !== "function") return;
  const late = IS_DENO ? /^(?:Write error|Connection dropped)/ : /^Write error/;
  const endUnlessLate: typeof endCall = (status) => {
    if (!late.test(status.details)) endCall.call(inner, status);
  };
  inner.endCall = endUnlessLate;
}

/** Streams that {@linkcode endAfterReset} looks after. */
const watched = new WeakSet<ClientHttp2Stream>();

/**
 * Ends a call whose peer resets its stream with NO_ERROR, in place of an answer: on Node.js 22, a write that waits would
 * keep it open forever.
 *
 * @param call A call that sends a message.
 */
export function endAfterReset(call: ChannelCall): void {
  const inner = subchannelCallOf(call);
  const stream = inner?.http2Stream;
  if (typeof stream?.once !== "function" || watched.has(stream)) return;
  watched.add(stream);
  stream.once("aborted", () => {
    if (inner!.httpStatusCode === undefined) {
      setImmediate(() => stream.destroy());
    }
  });
}

/**
 * Raises the windows in which clients send. grpc-js's server has no option for
 * them, and 64 KiB is the bottleneck of every upload.
 *
 * Call it before `bindAsync`, which passes these options to `createServer`.
 */
export function raiseStreamWindow(server: Server, bytes: number): void {
  // deno-lint-ignore no-explicit-any
  const options = (server as any).commonServerOptions;
  if (typeof options !== "object" || options === null) return;
  options.settings = { ...options.settings, initialWindowSize: bytes };
}

/** Connections of a server. */
export interface ServerConnections {
  /** Destroys the remaining ones, also those that never spoke HTTP/2. */
  destroy(): void;
}

/**
 * Raises the window of every connection, limits the headers of its calls, and keeps track of
 * connections. There can be too many, and those that have not finished a handshake are unknown to
 * grpc-js, and would delay a shutdown.
 *
 * Call it once `bindAsync` is done: there are no connections before.
 */
export function watchConnections(
  server: Server,
  { windowBytes, maxConnections, maxHeaderFields }: {
    readonly windowBytes: number;
    readonly maxConnections: number;
    readonly maxHeaderFields: number;
  },
): ServerConnections {
  const sockets = new Set<Socket>();
  for (const http2Server of listeningServersOf(server)) {
    http2Server.on?.("connection", (socket: Socket) => {
      if (sockets.size >= maxConnections) {
        socket.destroy();
        return;
      }
      sockets.add(socket);
      joinWrites(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    // Before grpc-js, which reads the headers in its own listener.
    http2Server.prependListener?.(
      "stream",
      (_: unknown, headers: IncomingHttpHeaders, _f: number, raw: unknown) => {
        limitFields(headers, raw, maxHeaderFields);
        hideTimeout(headers);
      },
    );
    http2Server.on?.("session", (session: Http2Session) => {
      closeWithSession(session, sockets);
      try {
        (session as unknown as {
          setLocalWindowSize(bytes: number): void;
        }).setLocalWindowSize(windowBytes);
      } catch {
        // The connection is gone already.
      }
    });
  }
  return {
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Returns the listening servers, once `bindAsync` is done. */
export function listeningServersOf(server: Server): readonly NetServer[] {
  // deno-lint-ignore no-explicit-any
  const servers = (server as any).http2Servers;
  return servers instanceof Map ? [...servers.keys()] : [];
}

/** Joins the writes of one turn of the event loop: Deno writes each frame of 16 KiB by itself. */
function joinWrites(socket: Socket): void {
  if (!("Deno" in globalThis)) return;
  const { write } = socket;
  let isCorked = false;
  const joined = function (this: Socket, ...args: unknown[]): boolean {
    if (!isCorked) {
      isCorked = true;
      socket.cork();
      setImmediate(() => {
        isCorked = false;
        socket.uncork();
      });
    }
    return Reflect.apply(write, this, args);
  };
  socket.write = joined as Socket["write"];
}

/**
 * Reports whether the received bytes of a call end in mid-message, which grpc-js takes for a proper
 * end.
 */
export function endsInMessage(
  call: ChannelCall | ServerInterceptingCallInterface,
): boolean {
  const { decoder } = subchannelCallOf(call as ChannelCall) ??
    (call as SubchannelCall);
  // StreamDecoder's state: 0 is between messages.
  return typeof decoder?.readState === "number" && decoder.readState !== 0;
}

/**
 * Makes grpc-js inflate the compressed messages of a server's call like the other transport:
 * grpc-js inflates each by itself, without a common limit.
 *
 * @param call A call of the server.
 * @param inflate Inflates a message without its prefix.
 */
export function inflateBy(
  call: ServerInterceptingCallInterface,
  inflate: (bytes: Buffer, encoding: MessageEncoding) => Promise<Uint8Array>,
): void {
  const inner = call as {
    decompressMessage?: (message: Buffer, encoding: string) => unknown;
  };
  const own = inner.decompressMessage;
  if (typeof own !== "function") return;
  const decompress: typeof own = (message, encoding) =>
    encoding === "gzip" || encoding === "deflate"
      ? inflate(message.subarray(PREFIX_BYTES), encoding)
      : own.call(inner, message, encoding);
  inner.decompressMessage = decompress;
}

/** Returns the connection of a server's call. */
export function sessionOf(
  call: ServerInterceptingCallInterface,
): Http2Session | undefined {
  return (call as { stream?: { session?: Http2Session } }).stream?.session;
}

/**
 * Makes a server pass on calls of any path, not only registered ones; otherwise grpc-js answers
 * these with UNIMPLEMENTED.
 */
export function handleEveryPath(
  server: Server,
  handlerFor: (path: string) => unknown,
): void {
  // deno-lint-ignore no-explicit-any
  const internal = server as any;
  if (typeof internal._retrieveHandler === "function") {
    internal._retrieveHandler = handlerFor;
  }
}
