/** The RPCs of a server: decode the request, call the handler, encode the result. */

import {
  emptySource,
  isIterables,
  type Iterables,
  mapSource,
  singleSource,
  type Source,
  toSource,
} from "../base/source.ts";
import { streamOf } from "../base/source_stream.ts";
import { FlightError } from "../core/flight_error.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import type { IpcReadOptions } from "../core/ipc_options.ts";
import { setMessagesRead } from "../core/messages_read.ts";
import type { FlightMethod } from "../protocol/methods.ts";
import type { PollInfoInit } from "../protocol/poll_info.ts";
import { FlightDataDecoder } from "../stream/flight_data_decoder.ts";
import {
  FlightDataEncoder,
  flightDataEncoder,
} from "../stream/flight_data_encoder.ts";
import { FlightStream } from "../stream/flight_stream.ts";
import type { WriteSettings } from "../ipc/encode/ipc_settings.ts";
import {
  type FlightDataInit,
  isTable,
  messagesOf,
} from "../stream/record_batch_source.ts";
import { infoFields, pollFields, schemaBytes } from "../stream/info_fields.ts";
import { singleMessage } from "../seam/single_message.ts";
import type { OutgoingMessage } from "../seam/transport.ts";
import {
  actionCodec,
  actionTypeCodec,
  receivedAction,
  resultCodec,
} from "../protocol/action.ts";
import { criteriaCodec, receivedCriteria } from "../protocol/criteria.ts";
import { emptyCodec } from "../protocol/empty.ts";
import {
  flightDescriptorCodec,
  receivedDescriptor,
} from "../protocol/flight_descriptor.ts";
import {
  flightInfoCodec,
  type FlightInfoInit,
} from "../protocol/flight_info.ts";
import {
  handshakeRequestCodec,
  handshakeResponseCodec,
} from "../protocol/handshake.ts";
import { pollInfoCodec } from "../protocol/poll_info.ts";
import { putResultCodec } from "../protocol/put_result.ts";
import { schemaResultCodec } from "../protocol/schema_result.ts";
import { receivedTicket, ticketCodec } from "../protocol/ticket.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import {
  AnswerError,
  answerError,
  answering,
  wrongAnswer,
} from "./answer_error.ts";
import type { FlightService } from "./flight_service.ts";
import { predefinedAction } from "./predefined_actions.ts";
import { warnOfWildcards } from "./wildcard_locations.ts";

/** Settings for the data streams of a call. */
export interface DataSettings {
  /** Limits for reading. */
  readonly reading: IpcReadOptions;
  /** Settings for writing; the handler may change them. */
  writing: WriteSettings;
}

/** Serves one call. */
type Rpc = (
  service: FlightService,
  requests: Source<Uint8Array>,
  context: FlightCallContext,
  data: DataSettings,
) => Promise<Source<OutgoingMessage>>;

/** Implementations of the RPCs. */
export const RPCS: Readonly<Record<FlightMethod, Rpc>> = {
  async Handshake(service, requests, context) {
    if (!service.handshake) throw unimplemented(context);
    const stream = streamOf(mapSource(requests, handshakeRequestCodec.decode));
    return encoded(
      context,
      "HandshakeResponses",
      await service.handshake(stream, context),
      handshakeResponseCodec.encode,
    );
  },
  async ListFlights(service, requests, context) {
    if (!service.listFlights) throw unimplemented(context);
    const criteria = criteriaCodec.decode(await onlyRequest(requests));
    return encoded(
      context,
      "FlightInfos",
      await service.listFlights(receivedCriteria(criteria), context),
      flightInfo,
    );
  },
  async GetFlightInfo(service, requests, context) {
    if (!service.getFlightInfo) throw unimplemented(context);
    const descriptor = flightDescriptorCodec.decode(
      await onlyRequest(requests),
    );
    const info = found(
      await service.getFlightInfo(receivedDescriptor(descriptor), context),
      "no such flight",
    );
    return single(context, () => flightInfo(info));
  },
  async PollFlightInfo(service, requests, context) {
    if (!service.pollFlightInfo) throw unimplemented(context);
    const descriptor = flightDescriptorCodec.decode(
      await onlyRequest(requests),
    );
    const info = found(
      await service.pollFlightInfo(receivedDescriptor(descriptor), context),
      "no such flight",
    );
    return single(context, () => pollInfo(info));
  },
  async GetSchema(service, requests, context) {
    if (!service.getSchema) throw unimplemented(context);
    const descriptor = flightDescriptorCodec.decode(
      await onlyRequest(requests),
    );
    const schema = found(
      await service.getSchema(receivedDescriptor(descriptor), context),
      "no such flight",
    );
    return single(
      context,
      () =>
        schemaResultCodec.encode({
          schema: schemaBytes(schema, "SchemaResult.schema"),
        }),
    );
  },
  async DoGet(service, requests, context, data) {
    if (!service.doGet) throw unimplemented(context);
    const ticket = ticketCodec.decode(await onlyRequest(requests));
    const output = found(
      await service.doGet(receivedTicket(ticket), context),
      "no data for this ticket",
    );
    return dataMessages(output, context, data);
  },
  async DoPut(service, requests, context, data) {
    if (!service.doPut) throw unimplemented(context);
    const upload = countedMessages(requests);
    const results = encoded(
      context,
      "PutResults",
      await service.doPut(dataStream(upload, context, data), context),
      putResultCodec.encode,
    );
    return atEnd(results, () => {
      if (upload.isAtEnd) return;
      setMessagesRead(context.responseTrailers, upload.count);
    });
  },
  async DoExchange(service, requests, context, data) {
    if (!service.doExchange) throw unimplemented(context);
    const output: FlightDataInit | void = await service.doExchange(
      dataStream(requests, context, data),
      context,
    );
    // null: callers from JavaScript.
    return output === undefined || output === null
      ? emptySource()
      : dataMessages(output, context, data);
  },
  async DoAction(service, requests, context) {
    const action = actionCodec.decode(await onlyRequest(requests));
    const predefined = await predefinedAction(service, action, context);
    if (predefined !== undefined) {
      return single(context, () => resultCodec.encode({ body: predefined }));
    }
    if (!service.doAction) throw unimplemented(context);
    return encoded(
      context,
      "Results",
      await service.doAction(receivedAction(action), context),
      resultCodec.encode,
    );
  },
  async ListActions(service, requests, context) {
    if (!service.listActions) throw unimplemented(context);
    emptyCodec.decode(await onlyRequest(requests));
    return encoded(
      context,
      "ActionTypes",
      await service.listActions(context),
      actionTypeCodec.encode,
    );
  },
};

function unimplemented({ method }: FlightCallContext): FlightError {
  return new FlightError(
    "UNIMPLEMENTED",
    `the service does not implement ${method}`,
  );
}

/** Returns the result of a handler, or NOT_FOUND for none, like C++. */
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

/**
 * Returns the request of a call that has exactly one. It is not known to be complete before the end of the call's
 * messages.
 *
 * @throws {FlightError} UNIMPLEMENTED when there is none, or another one: gRPC's code for a wrong number of them.
 */
export async function onlyRequest(
  requests: Source<Uint8Array>,
): Promise<Uint8Array> {
  const request = await requests.read();
  if (request !== undefined && await requests.read() === undefined) {
    return request;
  }
  throw new FlightError(
    "UNIMPLEMENTED",
    request === undefined
      ? "the call ended without a request"
      : "the call has more than one request, and the method takes one",
  );
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

/** Counts the messages that are read. */
function countedMessages(
  messages: Source<Uint8Array>,
): Source<Uint8Array> & { readonly count: number; readonly isAtEnd: boolean } {
  let isCancelled = false;
  const counted = {
    count: 0,
    isAtEnd: false,
    async read() {
      const message = await messages.read();
      if (message !== undefined) counted.count++;
      // A transport gives the end too after it was told that no more is wanted.
      else if (!isCancelled) counted.isAtEnd = true;
      return message;
    },
    cancel(reason: unknown) {
      isCancelled = true;
      messages.cancel(reason);
    },
    take() {
      const message = messages.take?.();
      if (message !== undefined) counted.count++;
      return message;
    },
    recycle: (message: Uint8Array) => messages.recycle?.(message),
  };
  return counted;
}

/** The same messages; `run` is called before their end is reported. */
function atEnd<T>(messages: Source<T>, run: () => void): Source<T> {
  return {
    async read() {
      const message = await messages.read();
      if (message === undefined) run();
      return message;
    },
    cancel: (reason) => messages.cancel(reason),
  };
}

function single(
  { method }: FlightCallContext,
  encode: () => Uint8Array,
): Source<OutgoingMessage> {
  return singleSource(singleMessage(answering(method, encode)));
}

/**
 * The messages of an answer.
 *
 * @param context The call.
 * @param what What they are called, for errors.
 * @param values What the handler has returned.
 * @param encode Encodes one of them.
 * @throws {AnswerError} When it is something else.
 */
export function encoded<T>(
  { method }: FlightCallContext,
  what: string,
  values: Iterables<T> | void,
  encode: (value: T) => Uint8Array,
): Source<OutgoingMessage> {
  // null: callers from JavaScript.
  if (values === undefined || values === null) return emptySource();
  if (!isIterables<T>(values) || isTable(values)) {
    throw wrongAnswer(
      method,
      values,
      `${what}, as a ReadableStream, an AsyncIterable or an Iterable, or nothing`,
      isTable(values) ? "" : " (one alone is in an array)",
    );
  }
  return mapSource(
    answering(method, () =>
      toSource(
        values,
        () => new AnswerError(method, `one of the ${what} is undefined`),
      )),
    (value) => singleMessage(answering(method, () => encode(value))),
  );
}

function dataMessages(
  output: FlightDataInit,
  { method }: FlightCallContext,
  data: DataSettings,
): Source<OutgoingMessage> {
  const blame = (error: unknown) => answerError(method, error);
  return flightDataEncoder(
    answering(method, () => messagesOf(output, blame)),
    () => new FlightDataEncoder({ settings: data.writing }),
    blame,
  );
}

function flightInfo(init: FlightInfoInit): Uint8Array {
  const info = infoFields(init);
  warnOfWildcards(info.endpoints);
  return flightInfoCodec.encode(info);
}

function pollInfo(init: PollInfoInit): Uint8Array {
  const poll = pollFields(init);
  warnOfWildcards(poll.info?.endpoints);
  return pollInfoCodec.encode(poll);
}
