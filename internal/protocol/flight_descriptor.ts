/** Flight.proto: FlightDescriptor. */

import { toBytes } from "../base/bytes.ts";
import { valueName } from "../base/value_name.ts";

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
    : valueName(value);
  return new TypeError(`A descriptor must be ${FORMS}, not ${got}`);
}
