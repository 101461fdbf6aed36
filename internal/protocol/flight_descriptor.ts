/** Flight.proto: FlightDescriptor. */

import { toBytes } from "../base/bytes.ts";

/** Names a data set by a path, such as a name in a catalogue. */
export interface PathDescriptor {
  /** DescriptorType PATH. */
  readonly type: "PATH";
  /** The elements of the path. */
  readonly path: readonly string[];
}

/** Names a data set by a command whose meaning is the service's own, such as a query. */
export interface CommandDescriptor {
  /** DescriptorType CMD. */
  readonly type: "CMD";
  /** The bytes of the command. */
  readonly cmd: Uint8Array;
}

/** A descriptor of a type that this version of the protocol does not know, or of none. */
export interface UnknownDescriptor {
  /** DescriptorType UNKNOWN. */
  readonly type: "UNKNOWN";
}

/** Names a data set: by path or by command. */
export type FlightDescriptor =
  | PathDescriptor
  | CommandDescriptor
  | UnknownDescriptor;

/**
 * Makes a descriptor of type PATH.
 *
 * @param path The elements of the path.
 * @returns The descriptor.
 */
export function pathDescriptor(...path: string[]): PathDescriptor {
  return { type: "PATH", path };
}

/**
 * Makes a descriptor of type CMD.
 *
 * @param cmd The command: bytes, or text that is sent as UTF-8.
 * @returns The descriptor.
 */
export function commandDescriptor(cmd: Uint8Array | string): CommandDescriptor {
  return { type: "CMD", cmd: toBytes(cmd) };
}

/** Throws a TypeError where `descriptor` is not one; callers from JavaScript have no type checker. */
export function checkDescriptor(
  descriptor: FlightDescriptor,
): FlightDescriptor {
  const valid = descriptor?.type === "UNKNOWN" ||
    (descriptor?.type === "CMD" && descriptor.cmd instanceof Uint8Array) ||
    (descriptor?.type === "PATH" && Array.isArray(descriptor.path) &&
      descriptor.path.every((element) => typeof element === "string"));
  if (!valid) {
    throw new TypeError(
      "A FlightDescriptor is made by pathDescriptor(...path) or commandDescriptor(cmd)",
    );
  }
  return descriptor;
}
