/** Reference for the tests of messages: protobufjs' reflection. */

import { seededRandom } from "../support/seeded_random.ts";
import { readFileSync } from "node:fs";
import protobuf from "protobufjs";

const root = new protobuf.Root();

/** The parsed .proto files. */
export const oracleRoot: protobuf.Root = root;
for (
  const path of [
    "../../proto/google/protobuf/timestamp.proto",
    "../../proto/flight.proto",
    "../../proto/google/protobuf/descriptor.proto",
    "../../proto/grpc/health/v1/health.proto",
    "../../proto/grpc/reflection/v1/reflection.proto",
    "../message/every_type.proto",
  ]
) {
  const text = readFileSync(new URL(path, import.meta.url), "utf8");
  protobuf.parse(text, root);
}
root.resolveAll();

/** Full names of all messages. */
export function messageNames(namespace: protobuf.NamespaceBase): string[] {
  return namespace.nestedArray.flatMap((object) => [
    ...object instanceof protobuf.Type ? [object.fullName.slice(1)] : [],
    ...object instanceof protobuf.Namespace ? messageNames(object) : [],
  ]);
}

/** Encodes a plain object; 64-bit integers may be text. */
export function oracleEncode(
  name: string,
  object: Record<string, unknown>,
): Uint8Array {
  const type = root.lookupType(name);
  return new Uint8Array(type.encode(type.fromObject(object)).finish());
}

/** Decodes to a plain object: 64-bit integers as text, bytes as arrays. */
export function oracleDecode(
  name: string,
  bytes: Uint8Array,
): Record<string, unknown> {
  const type = root.lookupType(name);
  return type.toObject(type.decode(bytes), { longs: String, bytes: Array });
}

/** The bytes of hexadecimal text; blanks do not count. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/\s/g, "");
  return Uint8Array.from(
    { length: digits.length / 2 },
    (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

/** Reports whether `bytes` is a plain Uint8Array, not a Buffer. */
export function isPlain(bytes: Uint8Array): boolean {
  return Object.getPrototypeOf(bytes) === Uint8Array.prototype;
}

/** Random integers from 0 to `below` − 1, the same in every run. */
export function randomIntegers(seed: number): (below: number) => number {
  const random = seededRandom(seed);
  return (below) => Math.floor(random() * below);
}
