/** The FlightInfo of a descriptor, asked for when a read begins. */

import { streamOf } from "../base/source_stream.ts";
import type { FlightCallOptions } from "../core/call_options.ts";
import { objectOption } from "../core/check_option.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import {
  type DescriptorInit,
  type FlightDescriptor,
  toDescriptor,
} from "../protocol/flight_descriptor.ts";
import type { FlightInfo } from "../protocol/flight_info.ts";
import type { PollInfo } from "../protocol/poll_info.ts";
import type { FlightReadOptions } from "../read/flight_info_reader.ts";
import { checkDescriptorOptions } from "./data_argument.ts";

/** A read that gets the info itself. */
interface DescribedRead {
  /** Gives the info when it is read. */
  readonly infos: ReadableStream<PollInfo>;
  /** Options of the read of its endpoints. */
  readonly readOptions: FlightReadOptions;
}

/** Client, as such a read needs it. */
interface DescribingClient {
  /** Calls GetFlightInfo. */
  getFlightInfo(
    descriptor: FlightDescriptor,
    options: FlightCallOptions,
  ): Promise<FlightInfo>;
}

/**
 * Joins GetFlightInfo to a read.
 *
 * @param client Makes the call.
 * @param descriptor The data set.
 * @param options Options of the whole.
 * @throws {TypeError} When the descriptor or the options are something else.
 */
export function describedRead(
  client: DescribingClient,
  descriptor: DescriptorInit,
  options: FlightReadOptions,
): DescribedRead {
  const wanted = toDescriptor(descriptor);
  checkDescriptorOptions(options);
  const { signal, timeoutMs, readTimeoutMs } = objectOption("options", options);
  // Copied, since an iterable can be read only once.
  const headers = options.headers && new FlightHeaders(options.headers);
  const cancelling = new AbortController();
  let isAsked = false;
  const infos = streamOf<PollInfo>({
    async read() {
      if (isAsked) return undefined;
      isAsked = true;
      return {
        info: await client.getFlightInfo(wanted, {
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
  return { infos, readOptions: headers ? { ...options, headers } : options };
}
