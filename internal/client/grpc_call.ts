/** Calls of methods that are not Flight's, in bytes. */

import { singleMessage } from "../seam/single_message.ts";
import {
  isIterables,
  type Iterables,
  mapSource,
  toSource,
} from "../base/source.ts";
import { valueName } from "../base/value_name.ts";
import { streamOf } from "../base/source_stream.ts";
import type { FlightCallOptions } from "../core/call_options.ts";
import { methodOfPath } from "../protocol/methods.ts";
import { checkBytes } from "../message/check_field.ts";
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
