/**
 * The transport in memory: a client joined to a handler without a socket, for tests and for data
 * that stays in one process. It keeps the contract of the seam: messages are copied, windows limit
 * the bytes in transit, deadlines and cancellation cross over, limits hold.
 */

import { integerOption, renamedOption } from "../../core/check_option.ts";
import { closedError } from "../../grpc/call_errors.ts";
import { maxHeaderFieldsOf, messageLimitOf } from "../options.ts";
import type { CallHandler, ClientTransport } from "../../seam/transport.ts";
import { MemoryCall, type MemoryLimits } from "./call.ts";

/** Options of the transport in memory. */
export interface MemoryTransportOptions {
  /**
   * Most bytes that may wait for a reader, in each direction of each call; then the sender is no
   * longer read. 1 or more; 65,535 by default, the initial window of HTTP/2 (RFC 9113, section 6.9.2).
   */
  readonly flowControlWindowBytes?: number | undefined;
  /** Largest message that either side accepts, in bytes. Default: 256 MiB. */
  readonly maxReceiveMessageBytes?: number | undefined;
  /**
   * Most headers, and most trailers, that either side accepts, 16 to 2³¹ − 1. A call with more ends
   * with RESOURCE_EXHAUSTED. Default: 256.
   */
  readonly maxHeaderFields?: number | undefined;
}

/** Joins calls to `handler`. */
export function memoryClientTransport(
  handler: CallHandler,
  options: MemoryTransportOptions = {},
): ClientTransport {
  renamedOption("windowBytes", "flowControlWindowBytes", options);
  const limits: MemoryLimits = {
    windowBytes: integerOption(
      "flowControlWindowBytes",
      options.flowControlWindowBytes ?? 65_535,
      1,
    ),
    maxReceiveMessageBytes: messageLimitOf(options),
    maxHeaderFields: maxHeaderFieldsOf(options),
  };
  const closing = new AbortController();
  return {
    peer: "memory",
    call(request) {
      const call = new MemoryCall(handler, request, limits, closing.signal);
      return call.begin();
    },
    close() {
      closing.abort(closedError());
      return Promise.resolve();
    },
  };
}
