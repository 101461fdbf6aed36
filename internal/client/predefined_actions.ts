/** The actions that the protocol defines, as methods of a client. */

import { EMPTY_BYTES } from "../base/bytes.ts";
import {
  CANCEL_FLIGHT_INFO,
  CLOSE_SESSION,
  GET_SESSION_OPTIONS,
  RENEW_FLIGHT_ENDPOINT,
  SET_SESSION_OPTIONS,
} from "../protocol/action.ts";
import type { FlightCallOptions } from "../core/call_options.ts";
import type { CancelFlightInfoResult } from "../protocol/cancel_flight_info.ts";
import type { FlightEndpoint } from "../protocol/flight_endpoint.ts";
import type { FlightInfo } from "../protocol/flight_info.ts";
import {
  type CloseSessionResult,
  type GetSessionOptionsResult,
  type SessionOptionsInit,
  type SetSessionOptionsResult,
  toSessionOptions,
} from "../protocol/session_options.ts";
import { decodeResult, encodeAction } from "../wire/action.ts";
import {
  decodeCancelFlightInfoResult,
  encodeCancelFlightInfoRequest,
} from "../wire/cancel_flight_info.ts";
import { decodeFlightEndpoint } from "../wire/flight_endpoint.ts";
import { encodeRenewFlightEndpointRequest } from "../wire/renew_flight_endpoint.ts";
import {
  decodeCloseSessionResult,
  decodeGetSessionOptionsResult,
  decodeSetSessionOptionsResult,
  encodeSetSessionOptionsRequest,
} from "../wire/session_options.ts";
import type { CallStarter } from "./call_starter.ts";

/** What every FlightClient can do by DoAction, without knowing the service. */
export class PredefinedActions {
  readonly #calls: CallStarter;

  /**
   * Part of a FlightClient.
   *
   * @param calls Makes the calls.
   */
  constructor(calls: CallStarter) {
    this.#calls = calls;
  }

  /**
   * Cancels a query: the predefined action `CancelFlightInfo`.
   *
   * @param info The query, as the server described it.
   * @param options Options of the call.
   * @returns What became of it.
   * @throws {FlightError} When the call fails.
   */
  cancelFlightInfo(
    info: FlightInfo,
    options: FlightCallOptions = {},
  ): Promise<CancelFlightInfoResult> {
    return this.#act(
      CANCEL_FLIGHT_INFO.type,
      () => encodeCancelFlightInfoRequest({ info }),
      decodeCancelFlightInfoResult,
      options,
    );
  }

  /**
   * Extends the life of an endpoint: the predefined action `RenewFlightEndpoint`.
   *
   * @param endpoint An endpoint with an expiration time.
   * @param options Options of the call.
   * @returns The endpoint to use from now on.
   * @throws {FlightError} When the call fails.
   */
  renewFlightEndpoint(
    endpoint: FlightEndpoint,
    options: FlightCallOptions = {},
  ): Promise<FlightEndpoint> {
    return this.#act(
      RENEW_FLIGHT_ENDPOINT.type,
      () => encodeRenewFlightEndpointRequest({ endpoint }),
      decodeFlightEndpoint,
      options,
    );
  }

  /**
   * Sets options of the session: the predefined action `SetSessionOptions`. Sessions are kept by
   * cookies, so the client needs `clientCookies()` among its interceptors.
   *
   * @param sessionOptions The options by name; `undefined` unsets one. A `bigint` is an int64, a
   * `number` a double.
   * @param options Options of the call.
   * @returns Which options were not set, and why.
   * @throws {FlightError} When the call fails.
   */
  setSessionOptions(
    sessionOptions: SessionOptionsInit,
    options: FlightCallOptions = {},
  ): Promise<SetSessionOptionsResult> {
    return this.#act(
      SET_SESSION_OPTIONS.type,
      () =>
        encodeSetSessionOptionsRequest({
          sessionOptions: toSessionOptions(sessionOptions),
        }),
      decodeSetSessionOptionsResult,
      options,
    );
  }

  /**
   * Asks for the options of the session: the predefined action `GetSessionOptions`.
   *
   * @param options Options of the call.
   * @returns All options of the session.
   * @throws {FlightError} When the call fails.
   */
  getSessionOptions(
    options: FlightCallOptions = {},
  ): Promise<GetSessionOptionsResult> {
    return this.#act(
      GET_SESSION_OPTIONS.type,
      () => EMPTY_BYTES,
      decodeGetSessionOptionsResult,
      options,
    );
  }

  /**
   * Ends the session: the predefined action `CloseSession`.
   *
   * @param options Options of the call.
   * @returns What became of it.
   * @throws {FlightError} When the call fails; NOT_FOUND where there is no session.
   */
  closeSession(options: FlightCallOptions = {}): Promise<CloseSessionResult> {
    return this.#act(
      CLOSE_SESSION.type,
      () => EMPTY_BYTES,
      decodeCloseSessionResult,
      options,
    );
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
