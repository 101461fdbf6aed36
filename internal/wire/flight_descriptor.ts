/** Flight.proto: FlightDescriptor. */

import { EMPTY_BYTES } from "../base/bytes.ts";
import {
  type DescriptorInit,
  type FlightDescriptor,
  toDescriptor,
} from "../protocol/flight_descriptor.ts";
import { copyUnknownFields } from "../../proto/runtime/unknown_fields.ts";
import { finish } from "../../proto/runtime/wire_writer.ts";
import * as proto from "../../proto/flight/flight_descriptor.ts";
import { checkString } from "../message/check_field.ts";
import { decodeMessage } from "../message/decode_message.ts";

const { UNKNOWN, PATH, CMD } = proto.FlightDescriptor_DescriptorType;

/**
 * Encodes a FlightDescriptor.
 *
 * @param descriptor The descriptor.
 * @returns The message.
 * @throws {TypeError} When it is not a descriptor.
 */
export function encodeFlightDescriptor(
  descriptor: DescriptorInit,
): Uint8Array {
  return finish(
    proto.encodeFlightDescriptor(flightDescriptorToMessage(descriptor)),
  );
}

/**
 * Decodes a FlightDescriptor.
 *
 * @param bytes The message.
 * @returns The descriptor; its command is a view on `bytes`.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeFlightDescriptor(bytes: Uint8Array): FlightDescriptor {
  return decodeMessage(
    "FlightDescriptor",
    bytes,
    (reader) =>
      flightDescriptorFromMessage(proto.decodeFlightDescriptor(reader)),
  );
}

/**
 * The message of a descriptor.
 *
 * @param init The descriptor, in any of its forms.
 * @returns The message.
 * @throws {TypeError} When it is not a descriptor.
 */
export function flightDescriptorToMessage(
  init: DescriptorInit,
): proto.FlightDescriptor {
  const descriptor = toDescriptor(init);
  return copyUnknownFields(descriptor, knownFields(descriptor));
}

function knownFields(descriptor: FlightDescriptor): proto.FlightDescriptor {
  switch (descriptor.type) {
    case "PATH": {
      const path = descriptor.path.map((element, i) =>
        checkString(element, `FlightDescriptor.path[${i}]`)
      );
      return { type: PATH, cmd: EMPTY_BYTES, path };
    }
    case "CMD":
      return { type: CMD, cmd: descriptor.cmd, path: [] };
    case "UNKNOWN":
      return { type: UNKNOWN, cmd: EMPTY_BYTES, path: [] };
  }
}

/**
 * The descriptor of a message.
 *
 * @param message The message.
 * @returns The descriptor; of the type UNKNOWN where that of the message is.
 */
export function flightDescriptorFromMessage(
  message: proto.FlightDescriptor,
): FlightDescriptor {
  const { type, cmd, path } = message;
  switch (type) {
    case PATH: {
      const descriptor = copyUnknownFields(
        message,
        { type: "PATH", path } as const,
      );
      return cmd.byteLength === 0 ? descriptor : withRest(descriptor, { cmd });
    }
    case CMD: {
      const descriptor = copyUnknownFields(
        message,
        { type: "CMD", cmd } as const,
      );
      return path.length === 0 ? descriptor : withRest(descriptor, { path });
    }
    default:
      return withRest(
        copyUnknownFields(message, { type: "UNKNOWN" }),
        { type, cmd, path },
      );
  }
}

/** A descriptor with what its message has beside it, such as the number of a type of later days. */
function withRest(
  descriptor: FlightDescriptor,
  rest: Partial<proto.FlightDescriptor>,
): FlightDescriptor {
  const others = { ...proto.createFlightDescriptor(), ...rest };
  const bytes = finish(proto.encodeFlightDescriptor(others));
  return bytes.byteLength === 0
    ? descriptor
    : copyUnknownFields(descriptor, descriptor, bytes);
}
