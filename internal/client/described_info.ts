/** The FlightInfo of a descriptor, asked for when a read begins. */

import { streamOf } from "../base/source_stream.ts";
import type { FlightCallOptions } from "../core/call_options.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import type { FlightInfo } from "../protocol/flight_info.ts";
import type { PollInfo } from "../protocol/poll_info.ts";
import type { FlightReadOptions } from "../read/flight_info_reader.ts";

/** A read that gets the info itself. */
export interface DescribedRead {
  /** Gives the info when it is read. */
  readonly infos: ReadableStream<PollInfo>;
  /** Options of the read of its endpoints. */
  readonly options: FlightReadOptions;
}

/**
 * Joins GetFlightInfo to a read.
 *
 * @param getInfo Makes the call.
 * @param options Options of the whole.
 */
export function describedRead(
  getInfo: (options: FlightCallOptions) => Promise<FlightInfo>,
  options: FlightReadOptions,
): DescribedRead {
  const { signal, timeoutMs, readTimeoutMs } = options;
  // Copied, since an iterable can be read only once.
  const headers = options.headers && new FlightHeaders(options.headers);
  const cancelling = new AbortController();
  let isAsked = false;
  const infos = streamOf<PollInfo>({
    async read() {
      if (isAsked) return undefined;
      isAsked = true;
      return {
        info: await getInfo({
          headers,
          timeoutMs,
          readTimeoutMs,
          signal: signal === undefined
            ? cancelling.signal
            : AbortSignal.any([signal, cancelling.signal]),
        }),
      };
    },
    cancel: (reason) => cancelling.abort(reason),
  });
  return { infos, options: headers ? { ...options, headers } : options };
}
