/** Flight.proto: FlightDescriptor. */

import { EMPTY_BYTES, toBytes } from "../base/bytes.ts";
import { valueName } from "../base/value_name.ts";
import { FlightError } from "../core/flight_error.ts";
import { openEnumeration } from "../message/enumeration.ts";
import { field, repeated } from "../message/fields.ts";
import { converted, message, type MessageType } from "../message/message.ts";
import { bytes, string } from "../message/scalars.ts";
import { keepUnknownField } from "../../proto/runtime/unknown_fields.ts";
import { type Received, received } from "./received.ts";

/**
 * Names a data set, by a path such as a name in a catalog, or by a command whose meaning is the service's
 * own, such as a query.
 */
export type FlightDescriptor =
  | {
    /** DescriptorType PATH. */
    readonly type: "PATH";
    /** The elements of the path. */
    readonly path: readonly string[];
  }
  | {
    /** DescriptorType CMD. */
    readonly type: "CMD";
    /** The bytes of the command. */
    readonly cmd: Uint8Array;
  }
  | {
    /** A type that this version of the protocol does not know, or none. */
    readonly type: "UNKNOWN";
  };

/**
 * A descriptor in any of its forms: text or a list of text is a path, of one part or of several;
 * `{ path }` is the same by name, `{ cmd }` a command, as text that is sent as UTF-8 or as bytes. Text is
 * not split: `"a/b"` is a path of one part.
 */
export type DescriptorInit =
  | FlightDescriptor
  | string
  | readonly string[]
  | {
    readonly type?: undefined;
    readonly path: string | readonly string[];
    readonly cmd?: undefined;
  }
  | {
    readonly type?: undefined;
    readonly cmd: string | Uint8Array;
    readonly path?: undefined;
  };

/**
 * Makes a descriptor of type PATH.
 *
 * @param path The elements of the path.
 * @returns The descriptor.
 */
export function pathDescriptor(
  ...path: string[]
): Extract<FlightDescriptor, { readonly type: "PATH" }> {
  return { type: "PATH", path };
}

/**
 * Makes a descriptor of type CMD.
 *
 * @param cmd The command: bytes, or text that is sent as UTF-8.
 * @returns The descriptor.
 */
export function commandDescriptor(
  cmd: Uint8Array | string,
): Extract<FlightDescriptor, { readonly type: "CMD" }> {
  return { type: "CMD", cmd: toBytes(cmd) };
}

/** The forms of {@linkcode DescriptorInit}, in words. */
const FORMS =
  "text, a list of path parts, { path }, { cmd } or a FlightDescriptor";

/**
 * Makes a descriptor of any of its forms. One that is a FlightDescriptor stays as it is.
 *
 * @throws {TypeError} When `init` is something else.
 */
export function toDescriptor(init: DescriptorInit): FlightDescriptor {
  if (typeof init === "string") return pathDescriptor(init);
  if (isPath(init)) return pathDescriptor(...init);
  if (typeof init !== "object" || init === null || Array.isArray(init)) {
    throw wrongDescriptor(init);
  }
  const { type, path, cmd } = init as Partial<Record<string, unknown>>;
  switch (type) {
    case "UNKNOWN":
      return init as FlightDescriptor;
    case "PATH":
      if (isPath(path)) return init as FlightDescriptor;
      throw wrongPart("path", "a list of text", path);
    case "CMD":
      if (cmd instanceof Uint8Array) return init as FlightDescriptor;
      throw wrongPart("cmd", "a Uint8Array", cmd);
    case undefined:
      break;
    default:
      throw new TypeError(
        'FlightDescriptor.type must be "PATH", "CMD" or "UNKNOWN"',
      );
  }
  if (path !== undefined && cmd !== undefined) {
    throw new TypeError("A descriptor has either a path or a cmd, not both");
  }
  if (typeof path === "string") return pathDescriptor(path);
  if (isPath(path)) return pathDescriptor(...path);
  if (path !== undefined) throw wrongPart("path", "text or a list of it", path);
  if (typeof cmd === "string" || cmd instanceof Uint8Array) {
    return commandDescriptor(cmd);
  }
  if (cmd !== undefined) throw wrongPart("cmd", "text or a Uint8Array", cmd);
  throw wrongDescriptor(init);
}

function isPath(value: unknown): value is readonly string[] {
  return Array.isArray(value) &&
    value.every((part) => typeof part === "string");
}

function wrongPart(name: string, wanted: string, value: unknown): TypeError {
  const got = Array.isArray(value) ? "a list of others" : valueName(value);
  return new TypeError(
    `FlightDescriptor.${name} must be ${wanted}, not ${got}`,
  );
}

function wrongDescriptor(value: unknown): TypeError {
  const got = Array.isArray(value)
    ? "a list of others than text"
    : value instanceof Uint8Array
    ? "bytes (a command is { cmd })"
    : isInfo(value)
    ? "a FlightInfo (read() reads it, its descriptor is info.descriptor)"
    : valueName(value);
  return new TypeError(`A descriptor must be ${FORMS}, not ${got}`);
}

/** A descriptor as it is on the wire. */
interface DescriptorFields {
  readonly type: FlightDescriptor["type"] | number;
  readonly cmd: Uint8Array;
  readonly path: readonly string[];
}

const NOTHING: DescriptorFields = {
  type: "UNKNOWN",
  cmd: EMPTY_BYTES,
  path: [],
};

const descriptorFields: MessageType<DescriptorFields> = message(
  "arrow.flight.protocol.FlightDescriptor",
  {
    type: field(1, openEnumeration({ UNKNOWN: 0, PATH: 1, CMD: 2 })),
    cmd: field(2, bytes),
    path: repeated(3, string),
  },
);

/** The codec of {@linkcode FlightDescriptor}. Of an unknown type the descriptor is UNKNOWN. */
export const flightDescriptorCodec: MessageType<
  FlightDescriptor,
  DescriptorInit
> = converted(descriptorFields, {
  decode(fields): FlightDescriptor {
    const { type, cmd, path } = fields;
    switch (type) {
      case "PATH":
        if (cmd.byteLength > 0) keepRest(fields, { cmd });
        return { type, path };
      case "CMD":
        if (path.length > 0) keepRest(fields, { path });
        return { type, cmd };
      default:
        keepRest(fields, { type, cmd, path });
        return { type: "UNKNOWN" };
    }
  },
  encode(init): DescriptorFields {
    const descriptor = toDescriptor(init);
    switch (descriptor.type) {
      case "PATH":
        return { ...NOTHING, type: "PATH", path: descriptor.path };
      case "CMD":
        return { ...NOTHING, type: "CMD", cmd: descriptor.cmd };
      case "UNKNOWN":
        return { ...NOTHING };
    }
  },
});

/** Gives a descriptor the methods that a handler gets it with: they read a command. */
export const receivedDescriptor: (
  descriptor: FlightDescriptor,
) => FlightDescriptor & Received = received("FlightDescriptor.cmd", commandOf);

function commandOf(descriptor: FlightDescriptor): Uint8Array {
  if (descriptor.type === "CMD") return descriptor.cmd;
  const got = descriptor.type === "PATH" ? "a path" : "of an unknown type";
  throw new FlightError(
    "INVALID_ARGUMENT",
    `FlightDescriptor must be a command, and it is ${got}`,
  );
}

/** Keeps what a descriptor does not have, such as the number of a type of later days, as unknown fields. */
function keepRest(
  fields: DescriptorFields,
  rest: Partial<DescriptorFields>,
): void {
  const bytes = descriptorFields.encode({ ...NOTHING, ...rest });
  if (bytes.byteLength > 0) keepUnknownField(fields, bytes);
}

function isInfo(value: unknown): boolean {
  return typeof value === "object" && value !== null && "endpoints" in value;
}
