/**
 * Workarounds for Deno's node:http2. They change a class of the runtime, once,
 * because no interface of grpc-js leads to a session before it has begun.
 */

import * as http2 from "node:http2";
import { setImmediate } from "node:timers";

/** Largest frame that HTTP/2 allows (RFC 9113, section 4.2). */
const MAX_FRAME_SIZE = 2 ** 24 - 1;

/** Exports of Deno's module that Node lacks. */
interface Http2Classes {
  readonly Http2Session?: {
    readonly prototype: {
      destroy(...args: unknown[]): void;
      settings(settings: http2.Settings, ...rest: unknown[]): void;
    };
  };
}

let isDone = false;

/** Patches sessions. It does nothing on other runtimes. */
export function mendSessions(): void {
  if (isDone || !("Deno" in globalThis)) return;
  isDone = true;
  const prototype = (http2 as Http2Classes).Http2Session?.prototype;
  if (
    typeof prototype?.destroy !== "function" ||
    typeof prototype.settings !== "function"
  ) return;
  const { destroy, settings } = prototype;

  // The process dies (segmentation fault, or an assertion of nghttp2's) when a
  // peer closes its connection with GOAWAY: node:http2 frees the nghttp2 session
  // from within the callback for that frame, and nghttp2 goes on to use it
  // (denoland/deno#36788). So it is freed after the bytes at hand are processed.
  const destroyLater: typeof destroy = function (
    this: typeof prototype,
    ...args
  ): void {
    setImmediate(() => destroy.apply(this, args));
  };
  prototype.destroy = destroyLater;

  // nghttp2 closes a connection (GOAWAY, ENHANCE_YOUR_CALM) after about a
  // thousand frames that still arrive for canceled calls
  // (nghttp2/nghttp2#2597). A window full of frames of 16 KiB is as many: two
  // canceled downloads would take all other calls with them. Larger frames are
  // fewer.
  const withLargeFrames: typeof settings = function (
    this: typeof prototype,
    wanted,
    ...rest
  ): void {
    settings.call(this, { maxFrameSize: MAX_FRAME_SIZE, ...wanted }, ...rest);
  };
  prototype.settings = withLargeFrames;
}
