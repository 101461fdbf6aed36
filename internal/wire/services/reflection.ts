/**
 * grpc/reflection/v1/reflection.proto: the messages of server reflection. Those of v1alpha are the
 * same on the wire.
 */

import { finish } from "../../../proto/runtime/wire_writer.ts";
import * as proto from "../../../proto/grpc/reflection/v1/reflection.ts";
import { decodeMessage } from "../../message/decode_message.ts";

/** A question. */
export type ReflectionRequest = proto.ServerReflectionRequest;

/** What is asked. */
export type ReflectionQuestion = NonNullable<
  proto.ServerReflectionRequest["messageRequest"]
>;

/** What is answered. */
export type ReflectionAnswer = NonNullable<
  proto.ServerReflectionResponse["messageResponse"]
>;

/**
 * Decodes a ServerReflectionRequest.
 *
 * @param bytes The message.
 * @returns The request.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeReflectionRequest(bytes: Uint8Array): ReflectionRequest {
  return decodeMessage(
    "ServerReflectionRequest",
    bytes,
    proto.decodeServerReflectionRequest,
  );
}

/**
 * Encodes a ServerReflectionResponse.
 *
 * @param request What is answered: the response repeats it.
 * @param answer The answer.
 * @returns The message.
 */
export function encodeReflectionResponse(
  request: ReflectionRequest,
  answer: ReflectionAnswer,
): Uint8Array {
  return finish(proto.encodeServerReflectionResponse({
    validHost: request.host,
    originalRequest: request,
    messageResponse: answer,
  }));
}
