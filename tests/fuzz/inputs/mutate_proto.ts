/** Changes to protobuf messages that know what they change, without knowing the message. */

import { ByteSink } from "../targets/byte_sink.ts";
import { mutatedBytes } from "./mutate_bytes.ts";
import type { Random } from "../random.ts";

/** A field as it is on the wire. */
export interface WireField {
  number: number;
  wireType: number;
  /** Of wire type 0. */
  value?: bigint;
  /** Of the others: what follows the tag, and the length where there is one. */
  bytes?: Uint8Array;
  /** Of wire type 2, where the bytes are a message too. */
  fields?: WireField[];
  /** Another length than the one it has. */
  claim?: number;
  /** Number of surplus bytes of its varints. */
  padding?: number;
}

/** Takes a valid message apart; undefined where the bytes are none. */
export function parseFields(
  bytes: Uint8Array,
  depth = 0,
): WireField[] | undefined {
  const fields: WireField[] = [];
  let at = 0;
  const varint = (): bigint | undefined => {
    let value = 0n;
    for (let shift = 0n; at < bytes.length && shift < 70n; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag === undefined || tag < 8n || tag > 0xffff_ffffn) return undefined;
    const field = { number: Number(tag >> 3n), wireType: Number(tag & 7n) };
    if (field.wireType === 0) {
      const value = varint();
      if (value === undefined) return undefined;
      fields.push({ ...field, value });
      continue;
    }
    const length = field.wireType === 1
      ? 8
      : field.wireType === 5
      ? 4
      : field.wireType === 2
      ? Number(varint() ?? -1n)
      : -1;
    if (length < 0 || at + length > bytes.length) return undefined;
    const content = bytes.slice(at, at += length);
    const inner = field.wireType === 2 && length > 0 && depth < 6
      ? parseFields(content, depth + 1)
      : undefined;
    fields.push({ ...field, bytes: content, ...(inner && { fields: inner }) });
  }
  return fields;
}

/** Puts a message together. */
export function writeFields(fields: readonly WireField[]): Uint8Array {
  const sink = new ByteSink();
  for (const field of fields) writeField(sink, field);
  return sink.take();
}

function writeField(sink: ByteSink, field: WireField): void {
  const { number, wireType, padding = 0 } = field;
  sink.varint(number * 8 + wireType, padding);
  if (wireType === 0) return sink.bigVarint(field.value ?? 0n, padding);
  const start = sink.length;
  if (field.fields === undefined) {
    if (field.bytes !== undefined) sink.bytes(field.bytes);
  } else for (const inner of field.fields) writeField(sink, inner);
  if (wireType === 2) {
    const length = field.claim ?? sink.length - start;
    sink.insertVarint(start, length, padding);
  } else if (wireType === 3) sink.varint(number * 8 + 4, 0);
}

/**
 * A message that was changed in a few places.
 *
 * @param bytes A valid message.
 * @param donors Messages whose fields may get into it.
 */
export function mutatedProto(
  bytes: Uint8Array,
  donors: readonly Uint8Array[],
  random: Random,
): Uint8Array {
  if (random.oneIn(8)) return mutatedBytes(bytes, random);
  const fields = parseFields(bytes) ?? [];
  for (let i = random.below(3); i >= 0; i--) {
    mutateFields(fields, donors, random);
  }
  const result = writeFields(fields);
  return random.oneIn(12) ? mutatedBytes(result, random) : result;
}

function mutateFields(
  fields: WireField[],
  donors: readonly Uint8Array[],
  random: Random,
): void {
  if (fields.length === 0) {
    fields.push(anyField(random, 0));
    return;
  }
  const at = random.below(fields.length);
  const field = fields[at]!;
  if (field.fields !== undefined && !random.oneIn(3)) {
    return mutateFields(field.fields, donors, random);
  }
  switch (random.below(14)) {
    case 0:
      fields.splice(at, 1);
      return;
    case 1:
      // Of a field that is not repeated, the last counts; messages are merged.
      fields.splice(random.below(fields.length + 1), 0, { ...field });
      return;
    case 2: {
      const other = random.below(fields.length);
      [fields[at], fields[other]] = [fields[other]!, field];
      return;
    }
    case 3:
      field.number = random.pick([
        1 + random.below(10),
        field.number + 1,
        1000,
        2 ** 29 - 1,
        2 ** 29,
        0,
      ]);
      return;
    case 4:
      field.wireType = random.below(8);
      return;
    case 5:
      field.claim = random.near(field.bytes?.length ?? 0);
      return;
    case 6:
      field.padding = 1 + random.below(10);
      return;
    case 7:
      fields.splice(at, 0, anyField(random, 0));
      return;
    case 8:
      fields.push(...parseFields(random.pick(donors)) ?? []);
      return;
    case 9:
      // Nested in itself, deeper than is allowed or not.
      for (
        let depth = random.pick([1, 5, 98, 99, 100, 101, 200]);
        depth > 0;
        depth--
      ) {
        fields.splice(0, fields.length, {
          number: field.number,
          wireType: random.oneIn(2) ? 2 : field.wireType === 3 ? 3 : 2,
          fields: [...fields],
        });
      }
      return;
    case 10:
      for (let count = random.below(50); count > 0; count--) {
        fields.push({ ...field });
      }
      return;
    case 11:
      if (field.bytes !== undefined) {
        field.bytes = mutatedBytes(field.bytes, random);
        delete field.fields;
      }
      return;
    default:
      if (field.wireType === 0) {
        field.value = BigInt.asUintN(
          64,
          random.oneIn(4)
            ? BigInt(random.below(2 ** 32)) * BigInt(random.below(2 ** 32))
            : BigInt(random.near(Number(field.value ?? 0n))),
        );
      } else if (field.bytes !== undefined) {
        field.bytes = random.bytes(random.below(20));
        delete field.fields;
      }
  }
}

/** A field that is unknown, most likely. */
function anyField(random: Random, depth: number): WireField {
  const number = random.pick([random.below(20) + 1, 1000, 5000, 2 ** 29 - 1]);
  switch (random.below(5)) {
    case 0:
      return { number, wireType: 0, value: BigInt(random.below(2 ** 31)) };
    case 1:
      return { number, wireType: 1, bytes: random.bytes(8) };
    case 2:
      return { number, wireType: 5, bytes: random.bytes(4) };
    case 3:
      return {
        number,
        wireType: 3,
        fields: depth < 4
          ? Array.from(
            { length: random.below(3) },
            () => anyField(random, depth + 1),
          )
          : [],
      };
    default:
      return { number, wireType: 2, bytes: random.bytes(random.below(12)) };
  }
}
