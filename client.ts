/**
 * The client of Arrow Flight: {@linkcode connect} to a service, then call the methods of
 * {@linkcode FlightClient}.
 *
 * ```ts ignore
 * import { connect } from "@contrail/flight/client";
 *
 * await using client = connect("grpc://localhost:8815");
 * for await (const batch of client.doGet("flights")) {
 *   console.log(batch.numRows);
 * }
 * ```
 *
 * @module
 */

import { GUESSED_CLIENT_OPTIONS } from "./internal/core/call_options.ts";
import { END_OPTIONS, knownOptions } from "./internal/core/known_options.ts";
import { checkReadOptions } from "./internal/ipc/encode/ipc_settings.ts";
import { putClientParts } from "./internal/client/client_parts.ts";
import { FlightClient } from "./internal/client/flight_client.ts";
import type { ConnectOptions } from "./internal/client/connect_options.ts";
import { inheritedOptions } from "./internal/client/inherited_options.ts";
import { objectOption } from "./internal/core/check_option.ts";
import {
  formatGrpcLocation,
  type GrpcAddress,
  type Location,
  type LocationInit,
  parseGrpcLocation,
} from "./internal/protocol/location.ts";
import { findFlightDataBody } from "./internal/protocol/flight_data.ts";
import type { LocationClients } from "./internal/read/location_options.ts";
import type { ClientTransport } from "./internal/seam/transport.ts";
import { http2ClientTransport } from "./internal/transport/http2/client.ts";
import { checkRuntime } from "./internal/transport/runtime_version.ts";
import { transportOption } from "./internal/transport/flight_transport.ts";

export * from "./internal/exports/protocol.ts";
export * from "./internal/exports/data.ts";
export * from "./internal/exports/client.ts";
export type { ConnectOptions } from "./internal/client/connect_options.ts";
export type {
  ClientTlsOptions,
  PemSource,
} from "./internal/core/tls_options.ts";

/**
 * Makes a client of the service at `location`.
 *
 * The connection is made with the first call, and made anew when it was lost; a service that cannot
 * be reached fails that call with UNAVAILABLE. Each client has one connection of its own, or as many as
 * the option `connections` allows.
 *
 * @param location `grpc://host:port`, `grpc+tcp://host:port`, `grpc+tls://host:port` or
 * `grpc+unix:///path`.
 * @param options Options of the client and of its connection.
 * @returns The client. It holds a connection: close it or dispose of it.
 * @throws {FlightError} FAILED_PRECONDITION when the runtime is too old.
 * @throws {TypeError} When `location` is not a gRPC location, or options contradict it or each other.
 * @throws {RangeError} When an option is out of its range.
 */
export function connect(
  location: LocationInit,
  options: ConnectOptions = {},
): FlightClient {
  checkRuntime();
  putClientParts();
  const address = parseGrpcLocation(location);
  objectOption("options", options);
  const client = new FlightClient(transportTo(address, options), options, {
    location: { uri: formatGrpcLocation(address) },
    connect: (other, locationTimeoutMs) =>
      connectOther(other, inheritedOptions(other, options), locationTimeoutMs),
    maxReceiveMessageBytes: options.maxReceiveMessageBytes,
    ...checkReadOptions(options),
  });
  knownOptions(options, END_OPTIONS, "", GUESSED_CLIENT_OPTIONS);
  return client;
}

/** Makes the clients of a location that an endpoint has named. */
function connectOther(
  location: Location,
  options: ConnectOptions,
  locationTimeoutMs: number,
): LocationClients {
  const transport = transportTo(parseGrpcLocation(location), options);
  const hurried: ClientTransport = {
    peer: transport.peer,
    call: (request) => transport.call({ ...request, locationTimeoutMs }),
    close: () => transport.close(),
  };
  return {
    patient: new FlightClient(transport, options),
    hurried: new FlightClient(hurried, options),
  };
}

function transportTo(
  address: GrpcAddress,
  options: ConnectOptions,
): ClientTransport {
  const connectTransport = transportOption(
    options.transport,
    "connect",
    http2ClientTransport,
  );
  return connectTransport(address, options, findFlightDataBody);
}
