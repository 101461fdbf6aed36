/**
 * A work-around for Deno, whose process dies (segmentation fault, or an
 * assertion of nghttp2's) when a peer closes its connection with GOAWAY:
 * node:http2 frees the nghttp2 session from within the callback for that frame,
 * and nghttp2 goes on to use it (denoland/deno#36788).
 */

import * as http2 from "node:http2";
import { setImmediate } from "node:timers";

/** What Deno's module exports beyond Node's. */
interface Http2Classes {
  readonly Http2Session?: {
    readonly prototype: { destroy(...args: unknown[]): void };
  };
}

let isDone = false;

/**
 * Has sessions destroyed only after the bytes at hand have been processed. This
 * changes a class of the runtime, once, because no grpc-js interface leads to a
 * session before its peer could have sent such a frame. Does nothing on other
 * runtimes.
 */
export function deferSessionDestroy(): void {
  if (isDone || !("Deno" in globalThis)) return;
  isDone = true;
  const prototype = (http2 as Http2Classes).Http2Session?.prototype;
  if (typeof prototype?.destroy !== "function") return;
  const { destroy } = prototype;
  prototype.destroy = function (this: unknown, ...args: unknown[]): void {
    setImmediate(() => destroy.apply(this as typeof prototype, args));
  };
}
