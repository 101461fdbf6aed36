/** Actions and uploads of Flight SQL: requests in an Any, and what servers really answer. */

import { malformedAnswer } from "../../core/malformed_answer.ts";
import type { FlightCallOptions } from "../../core/call_options.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { FlightClient } from "../../client/flight_client.ts";
import type { MessageCodec } from "../../message/message.ts";
import type { PutResult } from "../../protocol/put_result.ts";
import { packAny, unpackAny } from "../messages/any.ts";
import { doPutUpdateResult } from "../messages/put_results.ts";

/** Makes calls by DoAction. */
type Actor = Pick<FlightClient, "doAction">;

/**
 * Carries out an action that has a result.
 *
 * @param client Makes the call.
 * @param type Type of the action.
 * @param body Body of the action.
 * @param codec Codec of the result.
 * @param options Options of the call.
 * @throws {FlightError} INTERNAL when the server gives no result, or another one.
 */
export async function actForResult<T>(
  client: Actor,
  type: string,
  body: Uint8Array,
  codec: MessageCodec<T>,
  options: FlightCallOptions,
): Promise<T> {
  const [result] = await results(client, type, body, options);
  if (result === undefined) throw wrongAnswer(type, "there is no result");
  const any = unpackAny(result);
  if (any?.name !== codec.name) {
    throw wrongAnswer(
      type,
      `the result is ${
        any === undefined ? "not a google.protobuf.Any" : `a ${any.name}`
      }, not a ${codec.name}`,
    );
  }
  try {
    return codec.decode(any.value);
  } catch (error) {
    throw malformedAnswer(error, "DoAction");
  }
}

/** Carries out an action that has no result; some servers send an empty one. */
export async function act(
  client: Actor,
  type: string,
  body: Uint8Array,
  options: FlightCallOptions,
): Promise<void> {
  await results(client, type, body, options);
}

/** Reads to the end of the call: some servers do the work only then. */
async function results(
  client: Actor,
  type: string,
  body: Uint8Array,
  options: FlightCallOptions,
): Promise<Uint8Array[]> {
  const bodies: Uint8Array[] = [];
  for await (const result of client.doAction({ type, body }, options)) {
    bodies.push(result.body);
  }
  return bodies;
}

function wrongAnswer(type: string, problem: string): FlightError {
  return new FlightError(
    "INTERNAL",
    `the answer to the action ${type} cannot be used: ${problem}`,
    { method: "DoAction", origin: "remote" },
  );
}

/** The body of an action, or a command: a message in an Any. */
export function packed<I>(
  codec: MessageCodec<unknown, I>,
  value: I,
): Uint8Array {
  return packAny(codec, value);
}

/**
 * The number of rows that an upload has changed. Some servers answer each batch, so all answers count.
 *
 * @param answers The answers.
 * @returns The sum; −1 when a server does not know.
 * @throws {FlightError} INTERNAL when there is no answer, or one that is malformed.
 */
export function recordCount(answers: readonly PutResult[]): bigint {
  const counts = answers
    .filter(({ appMetadata }) => appMetadata !== undefined)
    .map(({ appMetadata }) => countOf(appMetadata!));
  // A message whose only field is 0 takes no bytes, and is not sent by some.
  if (answers.length === 0) {
    throw new FlightError(
      "INTERNAL",
      "the server completed the upload without saying how many rows it has changed",
      { method: "DoPut", origin: "remote" },
    );
  }
  return counts.some((count) => count < 0n)
    ? -1n
    : counts.reduce((sum, count) => sum + count, 0n);
}

function countOf(bytes: Uint8Array): bigint {
  // arrow-rs has put it in an Any (arrow-rs#2403), whose first field is of another wire type.
  const any = unpackAny(bytes);
  const isWrapped = any?.name === doPutUpdateResult.name;
  try {
    return doPutUpdateResult.decode(isWrapped ? any.value : bytes).recordCount;
  } catch (error) {
    throw malformedAnswer(error, "DoPut");
  }
}
