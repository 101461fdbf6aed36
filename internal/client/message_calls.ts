/** The calls of a client that carry no data stream: one request, and one answer or several. */

import type { Schema, TypeMap } from "apache-arrow";
import { EMPTY_BYTES } from "../base/bytes.ts";
import { streamOf } from "../base/source_stream.ts";
import type { FlightCallOptions } from "../core/call_options.ts";
import { decodeSchema } from "../ipc/schema.ts";
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
import {
  type CloseSessionResult,
  type GetSessionOptionsResult,
  type SessionOptionsInit,
  type SetSessionOptionsResult,
  toSessionOptions,
} from "../protocol/session_options.ts";
import {
  decodeActionType,
  decodeResult,
  encodeAction,
} from "../wire/action.ts";
import {
  decodeCancelFlightInfoResult,
  encodeCancelFlightInfoRequest,
} from "../wire/cancel_flight_info.ts";
import { encodeCriteria } from "../wire/criteria.ts";
import { encodeFlightDescriptor } from "../wire/flight_descriptor.ts";
import { decodeFlightEndpoint } from "../wire/flight_endpoint.ts";
import { decodeFlightInfo } from "../wire/flight_info.ts";
import { decodePollInfo } from "../wire/poll_info.ts";
import { encodeRenewFlightEndpointRequest } from "../wire/renew_flight_endpoint.ts";
import { decodeSchemaResult } from "../wire/schema_result.ts";
import {
  decodeCloseSessionResult,
  decodeGetSessionOptionsResult,
  decodeSetSessionOptionsResult,
  encodeSetSessionOptionsRequest,
} from "../wire/session_options.ts";
import { type CallStarter, decodedMessages } from "./call_starter.ts";

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
    const request = encodeCriteria(criteria);
    return this.#list("ListFlights", request, decodeFlightInfo, options);
  }

  /** GetFlightInfo. */
  flightInfo(
    descriptor: DescriptorInit,
    options: FlightCallOptions,
  ): Promise<FlightInfo> {
    return this.#ask("GetFlightInfo", descriptor, decodeFlightInfo, options);
  }

  /** PollFlightInfo. */
  pollInfo(
    descriptor: DescriptorInit,
    options: FlightCallOptions,
  ): Promise<PollInfo> {
    return this.#ask("PollFlightInfo", descriptor, decodePollInfo, options);
  }

  /** GetSchema. */
  schema<T extends TypeMap>(
    descriptor: DescriptorInit,
    options: FlightCallOptions,
  ): Promise<Schema<T>> {
    return this.#ask(
      "GetSchema",
      descriptor,
      (bytes) => decodeSchema(decodeSchemaResult(bytes)) as Schema<T>,
      options,
    );
  }

  /** DoAction. */
  results(
    action: ActionInit,
    options: FlightCallOptions,
  ): ReadableStream<Result> {
    return this.#list("DoAction", encodeAction(action), decodeResult, options);
  }

  /** ListActions. */
  actions(options: FlightCallOptions): ReadableStream<ActionType> {
    return this.#list("ListActions", EMPTY_BYTES, decodeActionType, options);
  }

  /** The predefined action CancelFlightInfo. */
  cancelFlightInfo(
    info: FlightInfo,
    options: FlightCallOptions,
  ): Promise<CancelFlightInfoResult> {
    return this.#act(
      PREDEFINED_ACTIONS.cancelFlightInfo.type,
      () => encodeCancelFlightInfoRequest({ info }),
      decodeCancelFlightInfoResult,
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
      () => encodeRenewFlightEndpointRequest({ endpoint }),
      decodeFlightEndpoint,
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
      () =>
        encodeSetSessionOptionsRequest({
          sessionOptions: toSessionOptions(sessionOptions),
        }),
      decodeSetSessionOptionsResult,
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
      decodeGetSessionOptionsResult,
      options,
    );
  }

  /** The predefined action CloseSession. */
  closeSession(options: FlightCallOptions): Promise<CloseSessionResult> {
    return this.#act(
      PREDEFINED_ACTIONS.closeSession.type,
      () => EMPTY_BYTES,
      decodeCloseSessionResult,
      options,
    );
  }

  async #ask<T>(
    method: FlightMethod,
    descriptor: DescriptorInit,
    decode: (response: Uint8Array) => T,
    options: FlightCallOptions,
  ): Promise<T> {
    const request = encodeFlightDescriptor(descriptor);
    return await this.#calls.unary(method, request, decode, options);
  }

  #list<T>(
    method: FlightMethod,
    request: Uint8Array,
    decode: (response: Uint8Array) => T,
    options: FlightCallOptions,
  ): ReadableStream<T> {
    const response = this.#calls.serverStreaming(method, request, options);
    return streamOf(decodedMessages(method, response, decode));
  }

  async #act<T>(
    type: string,
    encodeBody: () => Uint8Array,
    decode: (response: Uint8Array) => T,
    options: FlightCallOptions,
  ): Promise<T> {
    return await this.#calls.unary(
      "DoAction",
      encodeAction({ type, body: encodeBody() }),
      (bytes) => decode(decodeResult(bytes).body),
      options,
    );
  }
}
