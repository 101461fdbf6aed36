/** Makes calls of the client again that failed for the moment. */

import { sleep } from "../base/sleep.ts";
import {
  arrayOption,
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
import type { FlightMethod } from "../protocol/methods.ts";
import {
  type FlightCallResponse,
  type FlightClientCall,
  type FlightInterceptor,
  type FlightNext,
  requireSide,
} from "./interceptor.ts";
import {
  begun,
  isRepeatable,
  repeatable,
  REPEATABLE_METHODS,
} from "./replay.ts";

/** Options of {@linkcode clientRetry}. */
export interface ClientRetryOptions {
  /** How often a call is made at most, the first time included; 1 or more. Default: 4. */
  readonly maxAttempts?: number | undefined;
  /** Longest wait before the second attempt, in milliseconds, 0 or more. Default: 100. */
  readonly initialBackoffMs?: number | undefined;
  /** Longest wait before any attempt, in milliseconds, 0 or more. Default: 5,000. */
  readonly maxBackoffMs?: number | undefined;
  /** By what the longest wait grows with each attempt; 1 or more. Default: 2. */
  readonly backoffMultiplier?: number | undefined;
  /** The failures after which a call is made again. Default: UNAVAILABLE. */
  readonly codes?: readonly FlightErrorCode[] | undefined;
  /**
   * The RPCs that are made again. Default: ListFlights, GetFlightInfo, PollFlightInfo, GetSchema,
   * DoGet and ListActions. DoAction is possible, where every action may be carried out twice;
   * Handshake, DoPut and DoExchange, whose requests are streams, are not.
   */
  readonly methods?: readonly FlightMethod[] | undefined;
  /** Gives a number of at least 0 and below 1: the part of the longest wait. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Is told of every wait. */
  readonly onRetry?: ((retry: ClientRetry) => void) | undefined;
}

/** A call that is about to be made again. */
export interface ClientRetry {
  /** The RPC. */
  readonly method: string;
  /** How often the call was made so far. */
  readonly attempts: number;
  /** Why it failed. */
  readonly error: FlightError;
  /** How long it waits, in milliseconds. */
  readonly delayMs: number;
}

const DEFAULT_METHODS: readonly FlightMethod[] = REPEATABLE_METHODS.filter(
  (method) => method !== "DoAction",
);

/**
 * Makes an interceptor that makes a call again when it failed before any message of its answer had
 * arrived: after a wait of random length whose bound grows exponentially, as gRPC does it (gRFC A6).
 * A server that sends the trailer `grpc-retry-pushback-ms` says itself how long to wait, or not to
 * come again, by a number below 0; after that the bound begins anew.
 *
 * The deadline holds for all attempts and waits together: an attempt that would begin after it is not
 * made, and the failure is that of the last one. Cancelling ends a wait at once. To know whether an
 * attempt succeeds, the first message of its answer is read ahead; response headers are seen with it.
 *
 * Interceptors that follow in the list see each attempt, those before see one call.
 *
 * @param options What to do, and how often.
 * @returns The interceptor, for a client.
 * @throws {RangeError} When a number is out of range.
 * @throws {TypeError} When a code or a method is not one that can be tried again.
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
    try {
      return await begun(next(attempt()));
    } catch (error) {
      if (attempts >= policy.maxAttempts || !isTemporary(error, policy)) {
        throw error;
      }
      const pushback = error.trailers?.get(PUSHBACK);
      backoffs = pushback === undefined ? backoffs + 1 : 0;
      const delayMs = pushback === undefined
        ? backoffOf(backoffs, policy)
        : pushbackOf(pushback);
      const deadline = call.deadline?.getTime() ?? Infinity;
      if (delayMs === undefined || Date.now() + delayMs >= deadline) {
        throw error;
      }
      policy.onRetry?.({
        method: call.method,
        attempts,
        error,
        delayMs,
      });
      await sleep(delayMs, call.signal);
    }
  }
}

function isTemporary(
  error: unknown,
  { codes }: Policy,
): error is FlightError {
  return FlightError.is(error) && codes.includes(error.code);
}

/** How long to wait after so many failures in a row, in milliseconds. */
function backoffOf(
  failures: number,
  { initialBackoffMs, maxBackoffMs, backoffMultiplier, random }: Policy,
): number {
  const longest = initialBackoffMs * backoffMultiplier ** (failures - 1);
  return random() * Math.min(longest, maxBackoffMs);
}

function policyOf(options: ClientRetryOptions): Policy {
  objectOption("options", options);
  const {
    codes = ["UNAVAILABLE"],
    methods = DEFAULT_METHODS,
    random = Math.random,
    onRetry,
  } = options;
  arrayOption("codes", codes);
  arrayOption("methods", methods);
  const code = codes.find((code) => !Object.hasOwn(FLIGHT_ERROR_CODES, code));
  if (code !== undefined) {
    throw new TypeError(`Cannot use option codes: there is no code ${code}`);
  }
  const method = methods.find((method) => !isRepeatable(method));
  if (method !== undefined) {
    throw new TypeError(
      `Cannot use option methods: ${method} cannot be made again`,
    );
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
