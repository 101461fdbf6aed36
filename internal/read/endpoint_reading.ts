/** The code of the part for reading endpoints. */

import type { FlightCallOptions } from "../core/call_options.ts";
import type { FlightEndpoint } from "../protocol/flight_endpoint.ts";
import type { EndpointMessages } from "../stream/endpoints_stream.ts";
import type { CallGroup } from "./call_group.ts";
import type { ClientLocations } from "./client_locations.ts";
import { EndpointReader } from "./endpoint_reader.ts";
import { EndpointRenewal } from "./endpoint_renewal.ts";
import type { EndpointSupply } from "./endpoint_supply.ts";
import { LocationPool } from "./location_pool.ts";
import { type ReadDictionaries, ReferenceSchema } from "./reference_schema.ts";

/** Checked options of a read, and the objects that it works on. */
export interface ReadSettings {
  /** The endpoints. */
  readonly supply: EndpointSupply;
  /** Ends all calls together. */
  readonly group: CallGroup;
  /** Locations of the client. */
  readonly locations: ClientLocations;
  /** Most endpoints that are open at the same time. */
  readonly maxParallel: number;
  /** Remaining validity below which an endpoint is renewed, in milliseconds. */
  readonly renewMs: number;
  /** Way to read dictionaries. */
  readonly dictionaries: ReadDictionaries;
  /** Calls the action `RenewFlightEndpoint`. */
  renew(
    endpoint: FlightEndpoint,
    options: FlightCallOptions,
  ): Promise<FlightEndpoint>;
}

/** Makes the reader of a read; nothing happens before it is read. */
export function endpointReader(settings: ReadSettings): EndpointMessages {
  const { supply, group, locations, maxParallel } = settings;
  const callOptions = (isTrusted: boolean): FlightCallOptions =>
    isTrusted
      ? group.callOptions
      : { ...group.callOptions, headers: undefined };
  const context = {
    pool: locations.pool(LocationPool),
    group,
    memoryReuse: false,
    callOptions,
    schemas: new ReferenceSchema({
      dictionaries: settings.dictionaries,
      maxPlainBytes: locations.maxDecompressedMessageBytes,
    }),
    renewal: new EndpointRenewal(
      (endpoint) => settings.renew(endpoint, callOptions(true)),
      settings.renewMs,
    ),
  };
  return new EndpointReader(supply, context, maxParallel);
}
