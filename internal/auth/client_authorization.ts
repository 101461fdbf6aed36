/**
 * A header `authorization` of any scheme for the first call, and then the token from the answers.
 */

import type { OptionNames } from "../core/known_options.ts";
import { valueName } from "../base/value_name.ts";
import { afterDelay } from "../base/timers/deadline.ts";
import { deferred } from "../base/deferred.ts";
import {
  durationOption,
  MAX_TIMER_MS,
  objectOption,
} from "../core/check_option.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import {
  type FlightCallResponse,
  type FlightClientCall,
  type FlightInterceptor,
  type FlightNext,
  requireSide,
} from "../interceptors/interceptor.ts";
import { observed } from "../interceptors/observe_response.ts";
import { AUTHORIZATION, bearerOf } from "./bearer_token.ts";
import { isRefused, sentTwice } from "./refused_token.ts";

/** Options of {@linkcode clientAuthorization}. */
export interface ClientAuthorizationOptions {
  /**
   * Time for which other calls wait for the answer to the first one, in milliseconds, more than 0.
   * After that they also go out with the first `authorization`. Default: 20,000.
   */
  readonly firstCallTimeoutMs?: number | undefined;
}

/** The names of {@linkcode ClientAuthorizationOptions}. */
const CLIENT_AUTHORIZATION_OPTIONS: OptionNames<ClientAuthorizationOptions> = {
  firstCallTimeoutMs: true,
};

/** Header of a call. */
interface Turn {
  readonly authorization: string;
  /** True for a token from an answer. */
  readonly isToken: boolean;
  /** Releases calls that wait for this call. */
  readonly done: () => void;
}

/**
 * Makes an interceptor that sends a header `authorization` of any scheme with the first call, and
 * from then on the Bearer token that the answers bring in the same header, always the latest one.
 * Servers that keep a session for each client, such as Deephaven's, recognize the client by that
 * token.
 *
 * There is one first call: others that are made meanwhile wait for its response headers, so that
 * the server does not begin a session for each. A server that answers without a token gets the
 * first `authorization` with each call. When it answers UNAUTHENTICATED to a token, the call is
 * made once more with the first `authorization`, if its request is not a stream. To detect that,
 * the first message of an answer is read ahead.
 *
 * Calls with an `authorization` header of their own are left alone. A token of more than 8,192
 * characters is ignored: later calls would exceed the header list of the server. Anyone who can
 * listen can read the header: use TLS.
 *
 * @param authorization The value of the header, such as `Anonymous` or `Basic YWRhOjE4MTU=`, or a
 * function that gets one. The call fails with the error that it throws.
 * @param options The time for which other calls wait for the first one.
 * @returns The interceptor, for a client.
 * @throws {RangeError} When `firstCallTimeoutMs` is out of range.
 * @throws {TypeError} When `authorization` is neither text nor a function.
 */
export function clientAuthorization(
  authorization: string | (() => Promise<string> | string),
  options: ClientAuthorizationOptions = {},
): FlightInterceptor {
  if (
    typeof authorization !== "string" && typeof authorization !== "function"
  ) {
    throw new TypeError(
      "Cannot use authorization: it must be text or a function, not " +
        valueName(authorization),
    );
  }
  objectOption("options", options, CLIENT_AUTHORIZATION_OPTIONS);
  const { firstCallTimeoutMs = 20_000 } = options;
  durationOption("firstCallTimeoutMs", firstCallTimeoutMs, MAX_TIMER_MS);
  const echo = new TokenEcho(
    typeof authorization === "string" ? () => authorization : authorization,
    firstCallTimeoutMs,
  );
  return (call, next) => {
    requireSide(call, "client", "clientAuthorization");
    return call.headers.has(AUTHORIZATION) ? next(call) : echo.call(call, next);
  };
}

/** The token of a client, and the call that will bring it. */
class TokenEcho {
  readonly #authorization: () => Promise<string> | string;
  readonly #timeoutMs: number;
  #token: string | undefined;
  /** Settled when the first call has been answered; never rejects. */
  #first: Promise<void> | undefined;
  /** True after a whole call has brought no token: there is nothing to wait for. */
  #bringsNone = false;

  constructor(
    authorization: () => Promise<string> | string,
    timeoutMs: number,
  ) {
    this.#authorization = authorization;
    this.#timeoutMs = timeoutMs;
  }

  async call(
    call: FlightClientCall,
    next: FlightNext,
  ): Promise<FlightCallResponse> {
    const turn = await this.#turn(call.signal);
    const send = (call: FlightClientCall) => this.#send(call, next, turn);
    return turn.isToken
      ? sentTwice(
        call,
        send,
        async (call) => this.#send(call, next, await this.#turn(call.signal)),
      )
      : send(call);
  }

  async #turn(signal: AbortSignal): Promise<Turn> {
    if (this.#token === undefined && this.#first) {
      const late = deferred<"late">();
      const stopTimer = afterDelay(
        this.#timeoutMs,
        () => late.resolve("late"),
      );
      // If the first call has brought none, one of the waiting calls is the next.
      while (this.#token === undefined && this.#first) {
        if (await Promise.race([this.#first, late.promise]) === "late") break;
      }
      stopTimer();
    }
    if (this.#token !== undefined) {
      return { authorization: this.#token, isToken: true, done: () => {} };
    }
    const { promise, resolve } = deferred<void>();
    if (!this.#bringsNone) this.#first ??= promise;
    const done = (): void => {
      if (this.#first === promise) this.#first = undefined;
      resolve();
      signal.removeEventListener("abort", done);
    };
    // The others do not wait for a call that has ended.
    signal.addEventListener("abort", done);
    try {
      const authorization = await this.#authorization();
      return { authorization, isToken: false, done };
    } catch (error) {
      done();
      throw error;
    }
  }

  #send(
    call: FlightClientCall,
    next: FlightNext,
    { authorization, done }: Turn,
  ): FlightCallResponse {
    call.headers.set(AUTHORIZATION, authorization);
    const take = (headers: FlightHeaders | undefined): void => {
      const token = headers && bearerOf(headers);
      // A token that was only echoed must not replace a later one.
      if (token !== undefined && token !== authorization) this.#token = token;
    };
    return observed(call, next(call), {
      onHeaders(headers) {
        take(headers);
        done();
      },
      onCompleted: ({ error, trailers }) => {
        if (isRefused(error)) {
          if (this.#token === authorization) this.#token = undefined;
        } else {
          if (FlightError.is(error)) take(error.headers);
          take(trailers);
          if (error === undefined) this.#bringsNone = this.#token === undefined;
        }
        done();
      },
    });
  }
}
