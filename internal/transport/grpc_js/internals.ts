/**
 * Everything that reaches into grpc-js beyond its public interface, each part
 * with its reason. All of it fails softly: should a later version have moved
 * what is looked for, calls still work, less well.
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
import { checkTimeout, limitFields } from "./header_limits.ts";
import { closeWithSession } from "./silent_peers.ts";

/** A call as the channel makes it, below grpc-js's stream classes. */
export type ChannelCall = ReturnType<ChannelInterface["createCall"]>;

/** Header under which {@linkcode watchTrailers} hides a status. */
const HIDDEN_STATUS = "x-contrail-grpc-status";

/** What begins the value of that header where there was a status. */
const PRESENT = "=";

/** The value of that header where there were no trailers. */
const NO_TRAILERS = "none";

/** What both sides' calls have in common. */
interface ReceivingCall {
  decoder?: {
    readonly readState?: unknown;
    readonly maxReadMessageLength?: number;
  };
}

/** grpc-js's Http2SubchannelCall: what a call of the client comes down to. */
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

/** The HTTP/2 stream of a client's call, once it has one. */
export function http2StreamOf(
  call: ChannelCall,
): ClientHttp2Stream | undefined {
  return subchannelCallOf(call)?.http2Stream;
}

/**
 * Makes grpc-js deliver the messages that came before a failure. It reports a
 * status other than OK as soon as the trailers are there and drops what has not
 * been read by then; OK, it holds back until everything is read. So every
 * status is made to look like OK and its code hidden in a header of its own.
 *
 * @param call A call whose response headers have come.
 * @param onTrailers Called when the trailers are there: all messages are in
 * this process by then, and nothing more can be sent.
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
    ignoreWriteErrors(call);
    onTrailers();
  });
  // An answer that ends by its data: grpc-js would wait for the stream to be
  // closed, which it is not before all of the request was sent.
  stream.once("end", () => {
    setImmediate(() => {
      if (hasTrailers || stream.destroyed || stream.rstCode) return;
      stream.emit("trailers", { [HIDDEN_STATUS]: NO_TRAILERS }, 0);
    });
  });
}

/** What has ended an answer. */
interface AnswerEnding {
  /** What it was; data is not even a block. */
  readonly kind: "headers" | "trailers" | "data";
  /** All values of its `grpc-status`, joined by commas. */
  readonly status: string | undefined;
}

/** The statuses of blocks that are answers of their own, as they came. */
const statuses = new WeakMap<Metadata, string>();

/**
 * Makes grpc-js remember the statuses that it reads: to it, an empty one is 0,
 * which means OK. Nothing else changes for others that use it in this process.
 */
function rememberStatuses(): void {
  const { fromHttp2Headers } = Metadata;
  if (typeof fromHttp2Headers !== "function") return;
  Metadata.fromHttp2Headers = (headers) => {
    const metadata = fromHttp2Headers.call(Metadata, headers);
    const status = statusText(headers["grpc-status"]);
    if (status !== undefined) statuses.set(metadata, status);
    return metadata;
  };
}

rememberStatuses();

/** All values of a header, joined by commas, as node:http2 has most of them. */
function statusText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/**
 * What has ended an answer, as it came.
 *
 * @param metadata What grpc-js reports with the status.
 * @returns Undefined if none is known.
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

/** The `:status` of an answer, once it is there. */
export function httpStatusOf(call: ChannelCall): number | undefined {
  return subchannelCallOf(call)?.httpStatusCode;
}

/**
 * Has the messages of a call gathered aligned.
 *
 * @param call A call of either side.
 * @param findBody What to align.
 * @returns Whether that could be done: not in mid-message.
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
 * On Bun, every `resume` of a stream re-opens all of its window, however much is
 * still unread: a slow reader would end up with the whole stream in memory. So
 * that is left to the reading, as long as there is something to be read. When
 * there is not, the stream may be waiting for what a pause has stopped.
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
 * A server may complete a call before it has read everything. What is then being
 * written fails (on Deno with ECANCELED), and grpc-js would report that instead of
 * the status that it has received.
 */
function ignoreWriteErrors(call: ChannelCall): void {
  const inner = subchannelCallOf(call);
  const endCall = inner?.endCall;
  if (!inner || typeof endCall !== "function") return;
  inner.endCall = (status) => {
    if (!status.details.startsWith("Write error")) endCall.call(inner, status);
  };
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

/** The connections of a server. */
export interface ServerConnections {
  /** Destroys those that are left, also those that never spoke HTTP/2. */
  destroy(): void;
}

/**
 * Raises the window of every connection, bounds the headers of its calls, and
 * keeps track of connections: there can be too many, and those that have not finished a handshake are unknown to
 * grpc-js, and would delay the end of a shutdown.
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
        checkTimeout(headers);
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

/** What a server listens with, once `bindAsync` is done. */
export function listeningServersOf(server: Server): readonly NetServer[] {
  // deno-lint-ignore no-explicit-any
  const servers = (server as any).http2Servers;
  return servers instanceof Map ? [...servers.keys()] : [];
}

/** Deno writes each frame of 16 KiB by itself: joins those of one turn of the event loop. */
function joinWrites(socket: Socket): void {
  if (!("Deno" in globalThis)) return;
  const { write } = socket;
  let isCorked = false;
  socket.write = function (this: Socket, ...args: unknown[]): boolean {
    if (!isCorked) {
      isCorked = true;
      socket.cork();
      setImmediate(() => {
        isCorked = false;
        socket.uncork();
      });
    }
    return Reflect.apply(write, this, args);
  } as Socket["write"];
}

/**
 * Whether what a call received so far is not a whole number of messages;
 * grpc-js takes an end in mid-message for a proper one.
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
 * Has the compressed messages of a server's call inflated as those of the other
 * transport: grpc-js does it for each by itself, without a bound for all.
 *
 * @param call A call of the server.
 * @param inflate Inflates what follows the prefix of a message.
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
  inner.decompressMessage = (message, encoding) =>
    encoding === "gzip" || encoding === "deflate"
      ? inflate(message.subarray(PREFIX_BYTES), encoding)
      : own.call(inner, message, encoding);
}

/** The connection of a server's call. */
export function sessionOf(
  call: ServerInterceptingCallInterface,
): Http2Session | undefined {
  return (call as { stream?: { session?: Http2Session } }).stream?.session;
}

/**
 * Has a server pass on calls of any path, not only the registered ones; else
 * grpc-js itself answers these with UNIMPLEMENTED.
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
