/** Retries calls of the client after temporary failures. */

import type { OptionNames } from "../core/known_options.ts";
import { deadlineOfDate, timeUntil } from "../base/timers/deadline.ts";
import { sleep } from "../base/timers/sleep.ts";
import {
  arrayOption,
  choiceOption,
  functionOption,
  integerOption,
  numberOption,
  objectOption,
} from "../core/check_option.ts";
import {
  FLIGHT_ERROR_CODES,
  FlightError,
  type FlightErrorCode,
} from "../core/flight_error.ts";
import { PUSHBACK, pushbackOf } from "../core/retry_pushback.ts";
import { type FlightMethod, ONE_REQUEST_METHODS } from "../protocol/methods.ts";
import {
  type FlightCallResponse,
  type FlightClientCall,
  type FlightInterceptor,
  type FlightNext,
  requireSide,
} from "./interceptor.ts";
import { begun, repeatable } from "./replay.ts";

/** Options of {@linkcode clientRetry}. */
export interface ClientRetryOptions {
  /** Most attempts for a call, the first one included, 1 or more. Default: 4. */
  readonly maxAttempts?: number | undefined;
  /**
   * Upper bound of the wait before the second attempt, in milliseconds, 0 or more. Default: 100.
   */
  readonly initialBackoffMs?: number | undefined;
  /** Upper bound of the wait before any attempt, in milliseconds, 0 or more. Default: 5,000. */
  readonly maxBackoffMs?: number | undefined;
  /** Factor by which the bound grows with each attempt, 1 or more. Default: 2. */
  readonly backoffMultiplier?: number | undefined;
  /** Codes of failures after which a call is retried. Default: UNAVAILABLE. */
  readonly codes?: readonly FlightErrorCode[] | undefined;
  /**
   * RPCs that are retried. Default: ListFlights, GetFlightInfo, PollFlightInfo, GetSchema, DoGet
   * and ListActions. DoAction is possible if every action may run twice. Handshake, DoPut and
   * DoExchange are not, because their requests are streams.
   */
  readonly methods?: readonly FlightMethod[] | undefined;
  /**
   * Returns a number of at least 0 and below 1: the fraction of the bound to wait. Default:
   * `Math.random`.
   */
  readonly random?: (() => number) | undefined;
  /**
   * Called before every wait, which begins when its promise, if it returns one, is fulfilled. If it
   * throws, or the promise rejects, the call fails with that.
   */
  readonly onRetry?: ((retry: ClientRetry) => void) | undefined;
}

/** The names of {@linkcode ClientRetryOptions}. */
const CLIENT_RETRY_OPTIONS: OptionNames<ClientRetryOptions> = {
  maxAttempts: true,
  initialBackoffMs: true,
  maxBackoffMs: true,
  backoffMultiplier: true,
  codes: true,
  methods: true,
  random: true,
  onRetry: true,
};

/** Call that is about to be retried. */
export interface ClientRetry {
  /** The RPC. */
  readonly method: string;
  /** Number of attempts so far. */
  readonly attempts: number;
  /** Error of the last attempt. */
  readonly error: FlightError;
  /** Time until the next attempt, in milliseconds. */
  readonly delayMs: number;
}

/** All codes. */
const CODES = Object.keys(FLIGHT_ERROR_CODES) as FlightErrorCode[];

const DEFAULT_METHODS: readonly FlightMethod[] = ONE_REQUEST_METHODS.filter(
  (method) => method !== "DoAction",
);

/**
 * Makes an interceptor that retries a call that failed before any message of its answer had
 * arrived, with randomized exponential backoff, as in gRPC (gRFC A6). A server can set the wait
 * itself by the trailer `grpc-retry-pushback-ms`, or forbid a retry by a number below 0; after that
 * the backoff starts anew.
 *
 * The deadline covers all attempts and waits together: an attempt that would begin after it is not
 * made, and the last failure is reported. Canceling ends a wait at once. To detect success, the
 * first message of an answer is read ahead; response headers are seen with it.
 *
 * Later interceptors in the list see each attempt, earlier ones see one call.
 *
 * @param options The calls to retry, and the limits.
 * @returns The interceptor, for a client.
 * @throws {RangeError} When a number is out of range.
 * @throws {TypeError} When a code or a method cannot be retried.
 *
 * @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md
 */
export function clientRetry(
  options: ClientRetryOptions = {},
): FlightInterceptor {
  const policy = policyOf(options);
  const methods: readonly string[] = policy.methods;
  return (call, next) => {
    requireSide(call, "client", "clientRetry");
    return methods.includes(call.method)
      ? retried(call, next, policy)
      : next(call);
  };
}

type Policy =
  & {
    readonly [Name in Exclude<keyof ClientRetryOptions, "onRetry">]-?: Exclude<
      ClientRetryOptions[Name],
      undefined
    >;
  }
  & Pick<ClientRetryOptions, "onRetry">;

async function retried(
  call: FlightClientCall,
  next: FlightNext,
  policy: Policy,
): Promise<FlightCallResponse> {
  const attempt = await repeatable(call);
  let backoffs = 0;
  for (let attempts = 1;; attempts++) {
    const { response, failure } = await begun(next(attempt()));
    const error = failure?.error;
    if (attempts >= policy.maxAttempts || !isTemporary(error, policy)) {
      return response;
    }
    const pushback = error.trailers?.get(PUSHBACK);
    backoffs = pushback === undefined ? backoffs + 1 : 0;
    const delayMs = pushback === undefined
      ? backoffOf(backoffs, policy)
      : pushbackOf(pushback);
    const left = timeUntil(call.deadline && deadlineOfDate(call.deadline));
    if (delayMs === undefined || delayMs >= left) {
      return response;
    }
    await policy.onRetry?.({
      method: call.method,
      attempts,
      error,
      delayMs,
    });
    await sleep(delayMs, call.signal);
  }
}

function isTemporary(
  error: unknown,
  { codes }: Policy,
): error is FlightError {
  return FlightError.is(error) && codes.includes(error.code);
}

/** Computes the wait after a number of consecutive failures, in milliseconds. */
function backoffOf(
  failures: number,
  { initialBackoffMs, maxBackoffMs, backoffMultiplier, random }: Policy,
): number {
  const longest = initialBackoffMs * backoffMultiplier ** (failures - 1);
  return random() * Math.min(longest, maxBackoffMs);
}

function policyOf(options: ClientRetryOptions): Policy {
  objectOption("options", options, CLIENT_RETRY_OPTIONS);
  const {
    codes = ["UNAVAILABLE"],
    methods = DEFAULT_METHODS,
    random = Math.random,
    onRetry,
  } = options;
  arrayOption("codes", codes);
  arrayOption("methods", methods);
  for (const code of codes) choiceOption("codes", code, CODES);
  for (const method of methods) {
    choiceOption("methods", method, ONE_REQUEST_METHODS);
  }
  functionOption("random", random);
  functionOption("onRetry", onRetry);
  const { initialBackoffMs = 100, maxBackoffMs = 5000 } = options;
  return {
    maxAttempts: integerOption("maxAttempts", options.maxAttempts ?? 4, 1),
    initialBackoffMs: numberOption("initialBackoffMs", initialBackoffMs, 0),
    maxBackoffMs: numberOption("maxBackoffMs", maxBackoffMs, 0),
    backoffMultiplier: numberOption(
      "backoffMultiplier",
      options.backoffMultiplier ?? 2,
      1,
    ),
    codes,
    methods,
    random,
    onRetry,
  };
}
