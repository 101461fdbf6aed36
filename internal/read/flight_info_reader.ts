/** Reads a whole FlightInfo. */

import type { TypeMap } from "apache-arrow";
import { isReadableStream } from "../base/source.ts";
import type { FlightCallOptions } from "../core/call_options.ts";
import {
  choiceOption,
  integerOption,
  MAX_TIMER_MS,
  objectOption,
} from "../core/check_option.ts";
import type { FlightEndpoint } from "../protocol/flight_endpoint.ts";
import type { FlightHeadersInit } from "../core/flight_headers.ts";
import type { FlightInfo } from "../protocol/flight_info.ts";
import type { PollInfo } from "../protocol/poll_info.ts";
import {
  type EndpointMessages,
  EndpointsStream,
} from "../stream/endpoints_stream.ts";
import { CallGroup } from "./call_group.ts";
import { type ClientLocations, locationsOf } from "./client_locations.ts";
import type { ReadSettings } from "./endpoint_reading.ts";
import {
  endpointsOf,
  type EndpointSupply,
  PolledEndpoints,
  pollsOf,
  type PollSource,
} from "./endpoint_supply.ts";
import { LateReader } from "./late_reader.ts";
import { readPart } from "./read_part.ts";

/** Default of `maxParallelEndpoints`. */
const DEFAULT_MAX_PARALLEL_ENDPOINTS = 4;

/** Default of `renewBeforeMs`: 10 seconds. */
const DEFAULT_RENEW_BEFORE_MS = 10_000;

/** Options of a read, which makes many calls: the options of a call apply to each of them. */
export interface FlightReadOptions extends
  Omit<
    FlightCallOptions,
    "headers" | "onHeaders" | "onTrailers" | "timeoutMs"
  > {
  /**
   * Most endpoints that are read at the same time, 1 or more. Each takes memory for a batch and for
   * a window (`flowControlWindowBytes`). Default: 4.
   */
  readonly maxParallelEndpoints?: number | undefined;
  /**
   * Remaining validity below which an endpoint is renewed before it is read, by the action
   * `RenewFlightEndpoint`, in milliseconds, 0 or more. An endpoint that the server does not renew
   * is read nonetheless, unless it has expired. Default: 10,000.
   */
  readonly renewBeforeMs?: number | undefined;
  /**
   * Way to read columns that are dictionary-encoded in one schema and plain in another, for example
   * if a FlightInfo announces a dictionary and an endpoint sends none (the default of arrow-rs):
   *
   * - `adapt`: columns have the form of the endpoint that answers first, or are plain if the
   *   FlightInfo says so. Dictionaries of other endpoints become plain values if needed. `schema`
   *   waits for an endpoint when the FlightInfo announces dictionaries.
   * - `hydrate`: all columns become plain values.
   * - `exact`: each endpoint must send the form that the FlightInfo announces.
   *
   * Default: `adapt`.
   */
  readonly dictionaries?: "adapt" | "hydrate" | "exact" | undefined;
  /**
   * Time limit for the whole read, in milliseconds from now on, more than 0. Default: none, except
   * the client's `timeoutMs` for each of its calls.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Request headers of all calls, in addition to the client's. They go to the client's own service,
   * and to other locations only if the client has the option `connectLocation`.
   */
  readonly headers?: FlightHeadersInit | undefined;
}

/** Client, as a read needs it. */
interface ReadingClient {
  /** Calls the action `RenewFlightEndpoint`. */
  renewFlightEndpoint(
    endpoint: FlightEndpoint,
    options: FlightCallOptions,
  ): Promise<FlightEndpoint>;
}

/**
 * Reads all endpoints of `source`.
 *
 * @throws {RangeError} When an option is out of range.
 * @throws {TypeError} When an option is of the wrong type, or `source` is neither a FlightInfo nor
 * a readable stream.
 */
export function readFlightInfo<T extends TypeMap>(
  source: FlightInfo | ReadableStream<PollInfo>,
  options: FlightReadOptions,
  client: ReadingClient,
  locations: ClientLocations,
): EndpointsStream<T> {
  const supplyOf = () =>
    isReadableStream(source)
      ? new PolledEndpoints(pollsOf(source))
      : endpointsOf(source);
  return new EndpointsStream<T>(
    endpointMessages(supplyOf, options, client, locations),
  );
}

/**
 * Reads all endpoints of a query as {@linkcode readFlightInfo} does, but without a stream around the
 * messages.
 *
 * @throws {RangeError} When an option is out of range.
 * @throws {TypeError} When an option is of the wrong type.
 */
export function readPolls(
  polls: PollSource,
  options: FlightReadOptions,
  client: ReadingClient,
): EndpointMessages {
  const supplyOf = () => new PolledEndpoints(polls);
  return endpointMessages(supplyOf, options, client, locationsOf(client)!);
}

function endpointMessages(
  supplyOf: () => EndpointSupply,
  options: FlightReadOptions,
  client: ReadingClient,
  locations: ClientLocations,
): EndpointMessages {
  const {
    maxParallelEndpoints,
    renewBeforeMs,
    dictionaries = "adapt",
    ...call
  } = objectOption("options", options);
  const group = new CallGroup("DoGet", call, locations.closed);
  const maxParallel = integerOption(
    "maxParallelEndpoints",
    maxParallelEndpoints ?? DEFAULT_MAX_PARALLEL_ENDPOINTS,
    1,
    Number.MAX_SAFE_INTEGER,
  );
  const renewMs = integerOption(
    "renewBeforeMs",
    renewBeforeMs ?? DEFAULT_RENEW_BEFORE_MS,
    0,
    MAX_TIMER_MS,
  );
  const settings: ReadSettings = {
    group,
    locations,
    maxParallel,
    renewMs,
    dictionaries: choiceOption("dictionaries", dictionaries, [
      "adapt",
      "hydrate",
      "exact",
    ]),
    supply: supplyOf(),
    renew: (endpoint, options) => client.renewFlightEndpoint(endpoint, options),
  };
  return readPart.value?.endpointReader(settings) ?? new LateReader(settings);
}
