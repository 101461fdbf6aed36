/** Calls of services beside Flight: of any method in bytes, and of the health service until the server is ready. */

import { EMPTY_BYTES } from "../base/bytes.ts";
import {
  isIterables,
  type Iterables,
  mapSource,
  toSource,
} from "../base/source.ts";
import { valueName } from "../base/value_name.ts";
import { streamOf } from "../base/source_stream.ts";
import { sleep } from "../base/timers/sleep.ts";
import type { FlightCallOptions } from "../core/call_options.ts";
import { FlightError } from "../core/flight_error.ts";
import { checkBytes } from "../message/check_field.ts";
import { methodOfPath } from "../protocol/methods.ts";
import { healthCheckResponseCodec } from "../protocol/services/health.ts";
import { CallGroup } from "../read/call_group.ts";
import { singleMessage } from "../seam/single_message.ts";
import type { CallStarter } from "./call_starter.ts";

/**
 * Calls a method.
 *
 * @param calls What makes the call.
 * @param method Service and name, such as `grpc.health.v1.Health/Check`.
 * @param requests What to send.
 * @param options Options of the call.
 * @returns The answers.
 * @throws {TypeError} When `method` is not such a name.
 */
export function grpcCall(
  calls: CallStarter,
  method: string,
  requests: Iterables<Uint8Array>,
  options: FlightCallOptions,
): ReadableStream<Uint8Array> {
  if (!/^[\w.]+\/\w+$/.test(method)) {
    throw new TypeError(
      `Cannot call ${
        JSON.stringify(method)
      }: it is not of the form "service/method"`,
    );
  }
  if (!isIterables<Uint8Array>(requests)) {
    throw new TypeError(
      `Cannot call ${method}: its requests must be a ReadableStream, an AsyncIterable or an Iterable ` +
        `of Uint8Arrays, not ${
          valueName(requests)
        } (a single request is [bytes])`,
    );
  }
  const messages = mapSource(
    toSource(requests),
    (request) => singleMessage(checkBytes(request, `a request of ${method}`)),
  );
  const name = methodOfPath(`/${method}`);
  return streamOf(calls.start(name, messages, options).messages);
}

/** Default of `timeoutMs` of {@linkcode waitForReady}. */
const READY_TIMEOUT_MS = 30_000;

/** Waits between two attempts, of which each is twice as long as the one before. */
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1000;

/**
 * Waits until a server is ready, as {@linkcode readinessProblem} sees it.
 *
 * @param calls What makes the calls.
 * @param options Options for all calls together.
 * @param closed Aborted when the client is closed.
 */
export async function waitForReady(
  calls: CallStarter,
  options: FlightCallOptions,
  closed: AbortSignal,
): Promise<void> {
  const { timeoutMs = READY_TIMEOUT_MS, signal } = options;
  const group = new CallGroup(undefined, { ...options, timeoutMs }, closed);
  group.begin();
  let problem: FlightError | undefined;
  try {
    for (let waitMs = FIRST_WAIT_MS;; waitMs *= 2) {
      problem = await readinessProblem(calls, group.callOptions);
      if (problem === undefined) return;
      await sleep(Math.min(waitMs, LONGEST_WAIT_MS), group.signal);
    }
  } catch (error) {
    if (signal?.aborted || !isDeadline(error)) throw error;
    const text = `the server was not ready within ${timeoutMs} ms`;
    throw new FlightError(
      "DEADLINE_EXCEEDED",
      problem === undefined ? text : `${text}: ${problem.details}`,
      problem && { origin: problem.origin, cause: problem },
    );
  } finally {
    group.end();
  }
}

/**
 * Asks the health service. A server is ready if it reports so, or answers with any other error than UNAVAILABLE: most
 * have no health service.
 *
 * @returns The reason for which it is not ready yet; `undefined` if it is.
 */
async function readinessProblem(
  calls: CallStarter,
  options: FlightCallOptions,
): Promise<FlightError | undefined> {
  try {
    const { status } = await calls.unary(
      "grpc.health.v1.Health/Check",
      EMPTY_BYTES,
      healthCheckResponseCodec.decode,
      options,
    );
    return status === "SERVING" ? undefined : new FlightError(
      "UNAVAILABLE",
      `its health service reports ${status}`,
      { origin: "remote" },
    );
  } catch (error) {
    if (!FlightError.is(error) || error.origin === "local") throw error;
    return error.origin === "transport" || error.code === "UNAVAILABLE"
      ? error
      : undefined;
  }
}

function isDeadline(error: unknown): boolean {
  return FlightError.is(error) && error.code === "DEADLINE_EXCEEDED" &&
    error.origin === "local";
}
