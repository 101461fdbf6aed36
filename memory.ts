/**
 * Arrow Flight without a network: {@linkcode connectInMemory} joins a client to a service in the same
 * process, for tests and for data that stays. Runs wherever JavaScript does.
 *
 * ```ts
 * import { connectInMemory } from "@contrail/flight/memory";
 * import { tableFromArrays } from "apache-arrow";
 *
 * const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
 * await using client = connectInMemory({ doGet: () => table });
 * const copy = await client.doGet("any").table();
 * if (copy.numRows !== 3) throw new Error("lost a row");
 * ```
 *
 * @module
 */

import { GUESSED_CLIENT_OPTIONS } from "./internal/core/call_options.ts";
import {
  END_OPTIONS,
  knownOptions,
  type OptionNames,
} from "./internal/core/known_options.ts";
import { objectOption } from "./internal/core/check_option.ts";
import { checkReadOptions } from "./internal/ipc/encode/ipc_settings.ts";
import { putClientParts } from "./internal/client/client_parts.ts";
import { FlightClient } from "./internal/client/flight_client.ts";
import type { FlightClientOptions } from "./internal/client/flight_client_options.ts";
import { callHandler } from "./internal/server/call_handler.ts";
import type { FlightHandlerOptions } from "./internal/server/handler_options.ts";
import {
  type FlightInterceptor,
  interceptorsOption,
} from "./internal/interceptors/interceptor.ts";
import type { FlightService } from "./internal/server/flight_service.ts";
import {
  memoryClientTransport,
  type MemoryTransportOptions,
} from "./internal/transport/memory/client.ts";

export * from "./internal/exports/protocol.ts";
export * from "./internal/exports/data.ts";
export * from "./internal/exports/client.ts";
export * from "./internal/exports/service.ts";
export type { MemoryTransportOptions } from "./internal/transport/memory/client.ts";

/** Options of {@linkcode connectInMemory}; those of data streams hold on both sides. */
export interface ConnectInMemoryOptions
  extends
    FlightClientOptions,
    Omit<FlightHandlerOptions, "interceptors">,
    MemoryTransportOptions {
  /** As `interceptors` of `serve`; `interceptors` are those of the client. */
  readonly serverInterceptors?: readonly FlightInterceptor[] | undefined;
}

const CONNECT_IN_MEMORY_OPTIONS: OptionNames<ConnectInMemoryOptions> = {
  ...END_OPTIONS,
  serverInterceptors: true,
};

/**
 * Makes a client of `service`, without a socket between them.
 *
 * Everything else is as on a network: messages are encoded and copied, deadlines, limits and
 * cancellation hold, the peer is called `memory`.
 *
 * @param service What answers the calls.
 * @param options Options of the client, of the service and of the transport.
 * @returns The client.
 * @throws {TypeError} When an option is of the wrong type.
 */
export function connectInMemory(
  service: FlightService,
  options: ConnectInMemoryOptions = {},
): FlightClient {
  putClientParts();
  objectOption("options", options);
  const { serverInterceptors } = options;
  const handler = callHandler(service, {
    ...options,
    interceptors: interceptorsOption("serverInterceptors", serverInterceptors),
  });
  const transport = memoryClientTransport(handler, options);
  const client = new FlightClient(transport, options, {
    maxReceiveMessageBytes: options.maxReceiveMessageBytes,
    ...checkReadOptions(options),
  });
  knownOptions(options, CONNECT_IN_MEMORY_OPTIONS, "", GUESSED_CLIENT_OPTIONS);
  return client;
}
