/** Flight.proto: PollInfo. */

import type { PollInfo, PollInfoInit } from "../protocol/poll_info.ts";
import { copyUnknownFields } from "../../proto/runtime/unknown_fields.ts";
import { finish } from "../../proto/runtime/wire_writer.ts";
import * as proto from "../../proto/flight/poll_info.ts";
import { omitUndefined } from "./fields/absent_field.ts";
import { checkNumber, checkObject } from "../message/check_field.ts";
import { decodeMessage } from "../message/decode_message.ts";
import {
  flightDescriptorFromMessage,
  flightDescriptorToMessage,
} from "./flight_descriptor.ts";
import { flightInfoFromMessage, flightInfoToMessage } from "./flight_info.ts";
import {
  timestampFromMessage,
  timestampToMessage,
} from "./fields/timestamp.ts";

/**
 * Encodes a PollInfo.
 *
 * @param poll The state of the query.
 * @returns The message.
 * @throws {TypeError} When it is not a PollInfo.
 */
export function encodePollInfo(poll: PollInfoInit<Uint8Array>): Uint8Array {
  const { info, descriptor, progress, expirationTime } = checkObject(
    poll,
    "PollInfo",
  );
  return finish(proto.encodePollInfo(copyUnknownFields(poll, {
    info: info === undefined ? undefined : flightInfoToMessage(info),
    flightDescriptor: descriptor === undefined
      ? undefined
      : flightDescriptorToMessage(descriptor),
    progress: progress === undefined
      ? undefined
      : checkNumber(progress, "PollInfo.progress"),
    expirationTime: timestampToMessage(
      expirationTime,
      "PollInfo.expirationTime",
    ),
  })));
}

/**
 * Decodes a PollInfo.
 *
 * @param bytes The message.
 * @returns The state of the query; its bytes are views on `bytes`.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodePollInfo(bytes: Uint8Array): PollInfo {
  return decodeMessage("PollInfo", bytes, (reader) => {
    const message = proto.decodePollInfo(reader);
    const poll: PollInfo = omitUndefined({
      info: message.info && flightInfoFromMessage(message.info),
      descriptor: message.flightDescriptor &&
        flightDescriptorFromMessage(message.flightDescriptor),
      progress: message.progress,
      expirationTime: timestampFromMessage(message.expirationTime),
    });
    return copyUnknownFields(message, poll);
  });
}
