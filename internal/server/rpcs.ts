/** How each RPC is served: decode the request, call the handler, encode what it returns. */

import {
  emptySource,
  type Iterables,
  mapSource,
  singleSource,
  type Source,
  streamOf,
  toSource,
} from "../base/source.ts";
import { FlightError } from "../core/flight_error.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import type { FlightInfoInit, SchemaInit } from "../core/flight_info.ts";
import type { IpcReadOptions } from "../core/ipc_options.ts";
import type { FlightMethod } from "../core/methods.ts";
import type { PollInfoInit } from "../core/poll_info.ts";
import { FlightDataDecoder } from "../ipc/flight_data_decoder.ts";
import { flightDataEncoder } from "../ipc/flight_data_encoder.ts";
import { FlightStream } from "../ipc/flight_stream.ts";
import type { WriteSettings } from "../ipc/ipc_settings.ts";
import {
  type FlightDataInit,
  isSchema,
  messagesOf,
} from "../ipc/record_batch_source.ts";
import { encodeSchema } from "../ipc/schema.ts";
import type { OutgoingMessage } from "../transport/transport.ts";
import {
  decodeAction,
  encodeActionType,
  encodeResult,
} from "../wire/action.ts";
import { decodeCriteria } from "../wire/criteria.ts";
import { decodeEmpty } from "../wire/empty.ts";
import { decodeFlightDescriptor } from "../wire/flight_descriptor.ts";
import { encodeFlightInfo } from "../wire/flight_info.ts";
import {
  decodeHandshakeRequest,
  encodeHandshakeResponse,
} from "../wire/handshake.ts";
import { encodePollInfo } from "../wire/poll_info.ts";
import { encodePutResult } from "../wire/put_result.ts";
import { encodeSchemaResult } from "../wire/schema_result.ts";
import { decodeTicket } from "../wire/ticket.ts";
import type { FlightCallContext } from "../core/call_context.ts";
import type { FlightService } from "./flight_service.ts";
import { predefinedAction } from "./predefined_actions.ts";
import { warnOfWildcards } from "./wildcard_locations.ts";

/** How the data streams of a call are read and written. */
export interface DataSettings {
  /** What is accepted. */
  readonly reading: IpcReadOptions;
  /** How batches are sent; the handler may change it. */
  writing: WriteSettings;
}

/** Serves one call. */
export type Rpc = (
  service: FlightService,
  requests: Source<Uint8Array>,
  context: FlightCallContext,
  data: DataSettings,
) => Promise<Source<OutgoingMessage>>;

/** How each RPC is served. */
export const RPCS: Readonly<Record<FlightMethod, Rpc>> = {
  async Handshake(service, requests, context) {
    if (!service.handshake) throw unimplemented(context);
    const stream = streamOf(mapSource(requests, decodeHandshakeRequest));
    return encoded(
      await service.handshake(stream, context),
      encodeHandshakeResponse,
    );
  },
  async ListFlights(service, requests, context) {
    if (!service.listFlights) throw unimplemented(context);
    const criteria = decodeCriteria(await onlyRequest(requests));
    return encoded(
      await service.listFlights(criteria, context),
      (info) => encodeFlightInfo(flightInfo(info)),
    );
  },
  async GetFlightInfo(service, requests, context) {
    if (!service.getFlightInfo) throw unimplemented(context);
    const descriptor = decodeFlightDescriptor(await onlyRequest(requests));
    const info = found(
      await service.getFlightInfo(descriptor, context),
      "no such flight",
    );
    return single(encodeFlightInfo(flightInfo(info)));
  },
  async PollFlightInfo(service, requests, context) {
    if (!service.pollFlightInfo) throw unimplemented(context);
    const descriptor = decodeFlightDescriptor(await onlyRequest(requests));
    const info = found(
      await service.pollFlightInfo(descriptor, context),
      "no such flight",
    );
    return single(encodePollInfo(pollInfo(info)));
  },
  async GetSchema(service, requests, context) {
    if (!service.getSchema) throw unimplemented(context);
    const descriptor = decodeFlightDescriptor(await onlyRequest(requests));
    const schema = found(
      await service.getSchema(descriptor, context),
      "no such flight",
    );
    return single(encodeSchemaResult(schemaBytes(schema)!));
  },
  async DoGet(service, requests, context, data) {
    if (!service.doGet) throw unimplemented(context);
    const ticket = decodeTicket(await onlyRequest(requests));
    const output = found(
      await service.doGet(ticket, context),
      "no data for this ticket",
    );
    return flightDataEncoder(messagesOf(output), () => data.writing);
  },
  async DoPut(service, requests, context, data) {
    if (!service.doPut) throw unimplemented(context);
    return encoded(
      await service.doPut(dataStream(requests, context, data), context),
      encodePutResult,
    );
  },
  async DoExchange(service, requests, context, data) {
    if (!service.doExchange) throw unimplemented(context);
    const output: FlightDataInit | void = await service.doExchange(
      dataStream(requests, context, data),
      context,
    );
    return output === undefined
      ? emptySource()
      : flightDataEncoder(messagesOf(output), () => data.writing);
  },
  async DoAction(service, requests, context) {
    const action = decodeAction(await onlyRequest(requests));
    const predefined = await predefinedAction(service, action, context);
    if (predefined !== undefined) {
      return single(encodeResult({ body: predefined }));
    }
    if (!service.doAction) throw unimplemented(context);
    return encoded(await service.doAction(action, context), encodeResult);
  },
  async ListActions(service, requests, context) {
    if (!service.listActions) throw unimplemented(context);
    decodeEmpty(await onlyRequest(requests));
    return encoded(await service.listActions(context), encodeActionType);
  },
};

function unimplemented({ method }: FlightCallContext): FlightError {
  return new FlightError(
    "UNIMPLEMENTED",
    `the service does not implement ${method}`,
  );
}

/** What a handler found; C++ answers NOT_FOUND too where it found nothing. */
function found<T>(
  value: T | undefined,
  otherwise: string,
): T {
  // null: callers from JavaScript.
  if (value === undefined || value === null) {
    throw new FlightError("NOT_FOUND", otherwise);
  }
  return value;
}

/** The request of a call that has one. What follows it is left to the transport. */
export async function onlyRequest(
  requests: Source<Uint8Array>,
): Promise<Uint8Array> {
  const request = await requests.read();
  if (request === undefined) {
    throw new FlightError(
      "INVALID_ARGUMENT",
      "the call ended without a request",
    );
  }
  return request;
}

function dataStream(
  requests: Source<Uint8Array>,
  { headers }: FlightCallContext,
  { reading }: DataSettings,
): FlightStream {
  return new FlightStream(new FlightDataDecoder(requests, reading), {
    headers: Promise.resolve(headers),
    // gRPC knows no trailers of a request.
    trailers: () => new FlightHeaders(),
  });
}

function single(bytes: Uint8Array): Source<OutgoingMessage> {
  return singleSource({ byteLength: bytes.byteLength, chunks: [bytes] });
}

export function encoded<T>(
  values: Iterables<T> | void,
  encode: (value: T) => Uint8Array,
): Source<OutgoingMessage> {
  // null: callers from JavaScript.
  if (values === undefined || values === null) return emptySource();
  return mapSource(toSource(values), (value) => {
    const bytes = encode(value);
    return { byteLength: bytes.byteLength, chunks: [bytes] };
  });
}

function schemaBytes(schema: SchemaInit | undefined): Uint8Array | undefined {
  return isSchema(schema) ? encodeSchema(schema) : schema;
}

function flightInfo(info: FlightInfoInit): FlightInfoInit<Uint8Array> {
  warnOfWildcards(info?.endpoints);
  // What is no object is left as it is, for the encoder to complain of.
  return typeof info === "object"
    ? { ...info, schema: schemaBytes(info.schema) }
    : info;
}

function pollInfo(poll: PollInfoInit): PollInfoInit<Uint8Array> {
  return { ...poll, info: poll.info && flightInfo(poll.info) };
}
