/**
 * Fields of every message of `proto/`, by the descriptors that reflection serves, and by the entries of
 * Flight SQL.
 */

import { concatBytes } from "../../../internal/base/bytes.ts";
import { decodeBase64 } from "../../../internal/base/base64.ts";
import { FILE_DESCRIPTORS } from "../../../proto/file_descriptors.ts";
import { parseFields, type WireField, writeFields } from "./mutate_proto.ts";
import type { Random } from "../random.ts";
import { sqlShapes } from "./sql_shapes.ts";

/** A field of a message. */
export interface FieldShape {
  readonly number: number;
  readonly isRepeated: boolean;
  /** A number of `FieldDescriptorProto.Type`. */
  readonly type: number;
  /** Full name of its message. */
  readonly typeName: string;
}

/** Wire types of `FieldDescriptorProto.Type` from 1 on; −1 for groups. */
const WIRE_TYPES = [1, 5, 0, 0, 0, 1, 5, 0, 2, -1, 2, 2, 0, 0, 5, 1, 0, 0];
const STRING = 9;
const MESSAGE = 11;
/** Deeper messages are left out. */
const MAX_DEPTH = 5;

const TEXTS = ["", "a", "grpc://host:1", "key", "ä€\u{1f600}", "x".repeat(200)];

/** The messages that there are, with their fields, by full name. */
const shapes = new Map<string, readonly FieldShape[]>();
for (const text of Object.values(FILE_DESCRIPTORS)) {
  const file = fieldsOf(decodeBase64(text));
  const scope = textOf(file, 2);
  for (const message of all(file, 4)) addMessage(message, `.${scope}`);
}

for (const [name, fields] of sqlShapes()) shapes.set(name, fields);

/** Full names of all messages. */
export const MESSAGE_NAMES: readonly string[] = [...shapes.keys()];

/** A valid message. */
export function randomMessage(
  name: string,
  random: Random,
  depth = 0,
): Uint8Array {
  return writeFields(randomFields(name, random, depth));
}

function randomFields(
  name: string,
  random: Random,
  depth: number,
): WireField[] {
  const fields: WireField[] = [];
  for (const { number, isRepeated, type, typeName } of shapes.get(name)!) {
    if (random.oneIn(4)) continue;
    const count = isRepeated ? random.below(4) : 1;
    for (let i = 0; i < count; i++) {
      const wireType = WIRE_TYPES[type - 1]!;
      if (wireType === 0) {
        fields.push({ number, wireType, value: randomVarint(random) });
      } else if (wireType !== 2) {
        fields.push({
          number,
          wireType,
          bytes: random.bytes(wireType === 1 ? 8 : 4),
        });
      } else if (type === MESSAGE) {
        if (depth >= MAX_DEPTH) continue;
        const inner = randomFields(typeName, random, depth + 1);
        fields.push({ number, wireType, fields: inner });
      } else {
        const bytes = type === STRING
          ? new TextEncoder().encode(random.pick(TEXTS))
          : random.bytes(random.below(20));
        fields.push({ number, wireType, bytes });
      }
    }
  }
  return fields;
}

function randomVarint(random: Random): bigint {
  return random.oneIn(3)
    ? BigInt.asUintN(64, BigInt(random.edge()))
    : BigInt(random.below(4));
}

function addMessage(message: readonly WireField[], scope: string): void {
  const name = `${scope}.${textOf(message, 1)}`;
  shapes.set(
    name,
    all(message, 2).map((field) => ({
      number: numberOf(field, 3),
      isRepeated: numberOf(field, 4) === 3,
      type: numberOf(field, 5),
      typeName: textOf(field, 6),
    })),
  );
  for (const nested of all(message, 3)) addMessage(nested, name);
}

function fieldsOf(bytes: Uint8Array): WireField[] {
  return parseFields(bytes)!;
}

function all(fields: readonly WireField[], number: number): WireField[][] {
  return fields.filter((field) => field.number === number)
    .map((field) => fieldsOf(field.bytes!));
}

function textOf(fields: readonly WireField[], number: number): string {
  const bytes = fields.filter((field) => field.number === number)
    .map((field) => field.bytes!);
  return new TextDecoder().decode(concatBytes(bytes));
}

function numberOf(fields: readonly WireField[], number: number): number {
  return Number(fields.find((field) => field.number === number)?.value ?? 0n);
}
