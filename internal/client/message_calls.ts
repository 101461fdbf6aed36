/** The calls of a client that carry no data stream: one request, and one answer or several. */

import type { Schema, TypeMap } from "apache-arrow";
import { EMPTY_BYTES } from "../base/bytes.ts";
import { isPromise } from "../base/is_promise.ts";
import type { Source } from "../base/source.ts";
import { streamOf } from "../base/source_stream.ts";
import { valueName } from "../base/value_name.ts";
import type { FlightCallOptions } from "../core/call_options.ts";
import { type Late, lately } from "../core/part.ts";
import {
  type ActionInit,
  type ActionType,
  PREDEFINED_ACTIONS,
  type Result,
} from "../protocol/action.ts";
import type { CancelFlightInfoResult } from "../protocol/cancel_flight_info.ts";
import type { CriteriaInit } from "../protocol/criteria.ts";
import type { DescriptorInit } from "../protocol/flight_descriptor.ts";
import type { FlightEndpoint } from "../protocol/flight_endpoint.ts";
import type { FlightInfo } from "../protocol/flight_info.ts";
import type { FlightMethod } from "../protocol/methods.ts";
import type { PollInfo } from "../protocol/poll_info.ts";
import type {
  CloseSessionResult,
  GetSessionOptionsResult,
  SessionOptionsInit,
  SetSessionOptionsResult,
} from "../protocol/session_options.ts";
import {
  actionCodec,
  actionTypeCodec,
  resultCodec,
} from "../protocol/action.ts";
import { criteriaCodec } from "../protocol/criteria.ts";
import { flightDescriptorCodec } from "../protocol/flight_descriptor.ts";
import { flightEndpointCodec } from "../protocol/flight_endpoint.ts";
import { flightInfoCodec } from "../protocol/flight_info.ts";
import { pollInfoCodec } from "../protocol/poll_info.ts";
import { schemaResultCodec } from "../protocol/schema_result.ts";
import { withInfoSchema, withPolledSchema } from "../stream/info_schema.ts";
import { schemaPart } from "../stream/schema_part.ts";
import { actionsPart } from "./actions_part.ts";
import { type CallStarter, decodedMessages } from "./call_starter.ts";
import { checkDescriptorOptions } from "./data_argument.ts";

/** Messages of the predefined actions. */
type ActionCodecs = ReturnType<typeof actionsPart.needed>;

/** Encodes the requests and decodes the answers of one client. */
export class MessageCalls {
  readonly #calls: CallStarter;

  /** Calls by way of `calls`. */
  constructor(calls: CallStarter) {
    this.#calls = calls;
  }

  /** ListFlights. */
  flights(
    criteria: CriteriaInit,
    options: FlightCallOptions,
  ): ReadableStream<FlightInfo> {
    const request = criteriaCodec.encode(criteriaArgument(criteria));
    const infos = this.#listed("ListFlights", request, receivedInfo, options);
    const ready = lateSchemas();
    return streamOf(isPromise(ready) ? readAfter(ready, infos) : infos);
  }

  /** GetFlightInfo. */
  flightInfo(
    descriptor: DescriptorInit,
    options: FlightCallOptions,
  ): Promise<FlightInfo> {
    return this.#ask(
      "GetFlightInfo",
      descriptor,
      receivedInfo,
      options,
    );
  }

  /** PollFlightInfo. */
  pollInfo(
    descriptor: DescriptorInit,
    options: FlightCallOptions,
  ): Promise<PollInfo> {
    return this.#ask(
      "PollFlightInfo",
      descriptor,
      (bytes) => withPolledSchema(pollInfoCodec.decode(bytes)),
      options,
    );
  }

  /** GetSchema. */
  schema<T extends TypeMap>(
    descriptor: DescriptorInit,
    options: FlightCallOptions,
  ): Promise<Schema<T>> {
    return this.#ask(
      "GetSchema",
      descriptor,
      (bytes) =>
        schemaPart.needed().decodeSchema(
          schemaResultCodec.decode(bytes).schema,
        ) as Schema<T>,
      options,
    );
  }

  /** DoAction. */
  results(
    action: ActionInit,
    options: FlightCallOptions,
  ): ReadableStream<Result> {
    const request = actionCodec.encode(action);
    if (typeof options === "string" || ArrayBuffer.isView(options)) {
      throw new TypeError(
        `Cannot use option options: ${
          valueName(options)
        } is not an object (an action with a body is { type, body })`,
      );
    }
    return this.#list("DoAction", request, resultCodec.decode, options);
  }

  /** ListActions. */
  actions(options: FlightCallOptions): ReadableStream<ActionType> {
    return this.#list(
      "ListActions",
      EMPTY_BYTES,
      actionTypeCodec.decode,
      options,
    );
  }

  /** The predefined action CancelFlightInfo. */
  cancelFlightInfo(
    info: FlightInfo,
    options: FlightCallOptions,
  ): Promise<CancelFlightInfoResult> {
    return this.#act(
      PREDEFINED_ACTIONS.cancelFlightInfo.type,
      ({ cancelFlightInfoRequestCodec, infoFields }) =>
        cancelFlightInfoRequestCodec.encode({
          info: infoFields(infoArgument(info)),
        }),
      ({ cancelFlightInfoResultCodec }) => cancelFlightInfoResultCodec.decode,
      options,
    );
  }

  /** The predefined action RenewFlightEndpoint. */
  renewFlightEndpoint(
    endpoint: FlightEndpoint,
    options: FlightCallOptions,
  ): Promise<FlightEndpoint> {
    return this.#act(
      PREDEFINED_ACTIONS.renewFlightEndpoint.type,
      ({ renewFlightEndpointRequestCodec }) =>
        renewFlightEndpointRequestCodec.encode({ endpoint }),
      () => flightEndpointCodec.decode,
      options,
    );
  }

  /** The predefined action SetSessionOptions. */
  setSessionOptions(
    sessionOptions: SessionOptionsInit,
    options: FlightCallOptions,
  ): Promise<SetSessionOptionsResult> {
    return this.#act(
      PREDEFINED_ACTIONS.setSessionOptions.type,
      ({ setSessionOptionsRequestCodec, toSessionOptions }) =>
        setSessionOptionsRequestCodec.encode({
          sessionOptions: toSessionOptions(sessionOptions),
        }),
      ({ setSessionOptionsResultCodec }) => setSessionOptionsResultCodec.decode,
      options,
    );
  }

  /** The predefined action GetSessionOptions. */
  getSessionOptions(
    options: FlightCallOptions,
  ): Promise<GetSessionOptionsResult> {
    return this.#act(
      PREDEFINED_ACTIONS.getSessionOptions.type,
      () => EMPTY_BYTES,
      ({ getSessionOptionsResultCodec }) => getSessionOptionsResultCodec.decode,
      options,
    );
  }

  /** The predefined action CloseSession. */
  closeSession(options: FlightCallOptions): Promise<CloseSessionResult> {
    return this.#act(
      PREDEFINED_ACTIONS.closeSession.type,
      () => EMPTY_BYTES,
      ({ closeSessionResultCodec }) => closeSessionResultCodec.decode,
      options,
    );
  }

  /** A call whose answer has a schema, which is decoded by a part that is loaded meanwhile. */
  async #ask<T>(
    method: FlightMethod,
    descriptor: DescriptorInit,
    decode: (response: Uint8Array) => T,
    options: FlightCallOptions,
  ): Promise<T> {
    const request = flightDescriptorCodec.encode(descriptor);
    checkDescriptorOptions(options);
    const ready = lateSchemas();
    return await this.#calls.unary(method, request, decode, options, ready);
  }

  #list<T>(
    method: FlightMethod,
    request: Uint8Array,
    decode: (response: Uint8Array) => T,
    options: FlightCallOptions,
  ): ReadableStream<T> {
    return streamOf(this.#listed(method, request, decode, options));
  }

  #listed<T>(
    method: FlightMethod,
    request: Uint8Array,
    decode: (response: Uint8Array) => T,
    options: FlightCallOptions,
  ): Source<T> {
    const response = this.#calls.serverStreaming(method, request, options);
    return decodedMessages(method, response, decode);
  }

  async #act<T>(
    type: string,
    encodeBody: (codecs: ActionCodecs) => Uint8Array,
    decoderOf: (codecs: ActionCodecs) => (body: Uint8Array) => T,
    options: FlightCallOptions,
  ): Promise<T> {
    const late = lately(() => actionsPart.needed());
    const codecs = isPromise(late) ? await late : late;
    const decode = decoderOf(codecs);
    return await this.#calls.unary(
      "DoAction",
      actionCodec.encode({ type, body: encodeBody(codecs) }),
      (bytes) => decode(resultCodec.decode(bytes).body),
      options,
    );
  }
}

/** Loads the part for schemas, unless it is there. */
function lateSchemas(): Late<unknown> {
  return lately(() => schemaPart.needed());
}

/** Gives the values of a source when `ready` is there; without it, the source is canceled. */
function readAfter<T>(
  ready: PromiseLike<unknown>,
  source: Source<T>,
): Source<T> {
  return {
    async read() {
      try {
        await ready;
      } catch (error) {
        source.cancel(error);
        throw error;
      }
      return await source.read();
    },
    cancel: (reason) => source.cancel(reason),
  };
}

/** Criteria are an object, as options are: those that come first would be ignored. */
function criteriaArgument(criteria: CriteriaInit): CriteriaInit {
  if (typeof criteria !== "object" || criteria === null) return criteria;
  const other = ArrayBuffer.isView(criteria)
    ? valueName(criteria)
    : Object.keys(criteria).find((name) => name !== "expression");
  if (other === undefined) return criteria;
  throw new TypeError(
    "Criteria must be text or { expression }, not " +
      (ArrayBuffer.isView(criteria)
        ? `${other} (bytes are { expression: bytes })`
        : `an object with ${other} (options are the second argument)`),
  );
}

/** An info without endpoints would cancel nothing. */
function infoArgument(info: FlightInfo): FlightInfo {
  if (Array.isArray(info?.endpoints)) return info;
  throw new TypeError(
    `Only a FlightInfo can be canceled, not ${valueName(info)}`,
  );
}

function receivedInfo(bytes: Uint8Array): FlightInfo {
  return withInfoSchema(flightInfoCodec.decode(bytes), "client");
}
