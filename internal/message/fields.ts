/** Fields of messages: a number, and a value once, perhaps, or many times. */

import type { WireReader } from "../../proto/runtime/wire_reader.ts";
import type { Writer } from "../../proto/runtime/wire_writer.ts";
import { checkArray, checkMap, checkName, checkObject } from "./check_field.ts";
import { type FieldPath, KEYS } from "./field_path.ts";
import type { Value } from "./value.ts";

/** A number on the wire, and what it means. */
export interface FieldPart {
  /** The number of the field. */
  readonly number: number;
  /** Its type; of a map the type of the values. */
  readonly value: Value<unknown, never>;
  /** Type of the keys of a map. */
  readonly key?: Value<unknown, never>;
  /** Its name where several numbers share a key: the case of a oneof. */
  readonly case?: string;
  /** Reads an occurrence, and gives what the earlier ones have become by it. */
  readonly read: (
    reader: WireReader,
    tag: number,
    earlier: unknown,
  ) => unknown;
}

/**
 * A field under one key of a message.
 *
 * @typeParam T The value of the key in a decoded message; `undefined` leaves the key out.
 * @typeParam I All that may be encoded.
 */
export interface Field<out T, in I = T> {
  /** Cardinality of the field, like the labels of a .proto file. */
  readonly label: "singular" | "optional" | "repeated" | "map" | "oneof";
  /** Its numbers: one, but for a oneof. */
  readonly parts: readonly FieldPart[];
  /** The value before anything is read. Never changed: an occurrence makes another one. */
  readonly initial: unknown;
  /** Checks and writes the value of the key. */
  readonly write: (value: I, writer: Writer, path: FieldPath) => void;
  /** Makes of what was read the value of the key; absent where they are the same. */
  readonly finish?: ((raw: never) => T) | undefined;
  /**
   * Reports whether the value of the key loses a part of the raw value; see {@linkcode
   * Value.isUnknown}.
   */
  readonly isUnknown?: ((raw: never) => boolean) | undefined;
}

/**
 * A field that always has a value: its default where it is not on the wire.
 *
 * @param number The number of the field.
 * @param value Its type; a message that is not on the wire is one without fields.
 * @returns The field.
 */
export function field<T, I>(number: number, value: Value<T, I>): Field<T, I> {
  const { initial, check, isInitial, write, finish } = value;
  const tag = number * 8 + value.wireType;
  return {
    label: "singular",
    parts: [{ number, value, read: value.read }],
    initial,
    write(init, writer, path) {
      const raw = check(init, path);
      if (!isInitial(raw)) write(raw, writer.uint32(tag), path);
    },
    finish,
    isUnknown: value.isUnknown,
  };
}

/**
 * A field that may be absent: a message, or a scalar that is `optional` in the .proto file.
 *
 * @param number The number of the field.
 * @param value Its type.
 * @returns The field; `undefined` where it is absent.
 */
export function optional<T, I>(
  number: number,
  value: Value<T, I>,
): Field<T | undefined, I | undefined> {
  const { finish, isUnknown } = value;
  const write = writeAlways(number, value);
  return {
    label: "optional",
    parts: [{ number, value, read: value.read }],
    initial: undefined,
    write(init, writer, path) {
      if (init !== undefined) write(init, writer, path);
    },
    finish: finish && ((raw) => raw === undefined ? undefined : finish(raw)),
    isUnknown: isUnknown && ((raw) => raw !== undefined && isUnknown(raw)),
  };
}

/** Checks a value and writes it, its default too. */
function writeAlways<T, I>(
  number: number,
  value: Value<T, I>,
): Field<T, I>["write"] {
  const { check, write } = value;
  const tag = number * 8 + value.wireType;
  return (init, writer, path) => {
    const raw = check(init, path);
    write(raw, writer.uint32(tag), path);
  };
}

/**
 * A field with any number of values. Numbers are packed, and read either way.
 *
 * @param number The number of the field.
 * @param value Type of each.
 * @returns The field; `undefined` may be given for none.
 */
export function repeated<T, I>(
  number: number,
  value: Value<T, I>,
): Field<readonly T[], readonly I[] | undefined> {
  const { wireType, check, write, read, finish } = value;
  const tag = number * 8 + wireType;
  const packed = wireType !== 2;
  return {
    label: "repeated",
    parts: [{
      number,
      value,
      read(reader, tag, earlier) {
        const list = earlier as unknown[] | undefined ?? [];
        if (packed) {
          reader.packed(tag, wireType, (tag) => {
            reader.element();
            list.push(read(reader, tag));
          });
        } else {
          reader.element();
          list.push(read(reader, tag));
        }
        return list;
      },
    }],
    initial: undefined,
    write(inits, writer, path) {
      const list = checkArray(inits, path);
      if (list.length === 0) return;
      if (packed) writer.uint32(number * 8 + 2).fork();
      for (let i = 0; i < list.length; i++) {
        path.enter(i);
        const raw = check(list[i]!, path);
        if (!packed) writer.uint32(tag);
        write(raw, writer, path);
        path.leave();
      }
      if (packed) writer.ldelim();
    },
    finish(raw: unknown[] | undefined) {
      if (raw === undefined) return [];
      if (finish === undefined) return raw as T[];
      for (let i = 0; i < raw.length; i++) raw[i] = finish(raw[i]);
      return raw as T[];
    },
  };
}

/**
 * A field that maps keys to values.
 *
 * @param number The number of the field.
 * @param key Type of the keys.
 * @param value Type of the values; a message that is not on the wire is one without fields.
 * @returns The field.
 */
export function map<K, V, I>(
  number: number,
  key: Value<K>,
  value: Value<V, I>,
): Field<ReadonlyMap<K, V>, ReadonlyMap<K, I>> {
  const writeKey = writeAlways(1, key);
  const writeValue = writeAlways(2, value);
  const readEntry = entryReader(key, value);
  return {
    label: "map",
    parts: [{
      number,
      value,
      key,
      read(reader, tag, earlier) {
        reader.element();
        const [k, v] = reader.message(tag, readEntry);
        return (earlier as Map<unknown, unknown> | undefined ?? new Map())
          .set(k, v);
      },
    }],
    initial: undefined,
    write(inits, writer, path) {
      for (const [k, v] of checkMap(inits, path)) {
        writer.uint32(number * 8 + 2).fork();
        path.enter(KEYS);
        writeKey(k, writer, path);
        path.leave();
        path.enter(`.get("${k}")`);
        writeValue(v, writer, path);
        path.leave();
        writer.ldelim();
      }
    },
    finish(raw: Map<K, unknown> | undefined) {
      if (raw === undefined) return new Map();
      if (value.finish === undefined) return raw as Map<K, V>;
      return new Map(
        Array.from(raw, ([k, v]) => [k, value.finish!(v)] as const),
      );
    },
  };
}

/**
 * Fields of which a message has one at most, under one key.
 *
 * @param cases The field of each case: its number and its type.
 * @returns The field: the case and its value, `undefined` where there is none.
 */
export function oneof<C extends Cases>(
  cases: C,
): Field<Choice<C> | undefined, ChoiceInit<C> | undefined> {
  const finishes = new Map(
    Object.entries(cases).map(([name, [, value]]) => [name, value.finish]),
  );
  return {
    label: "oneof",
    parts: Object.entries(cases).map(([name, [number, value]]) => ({
      number,
      value,
      case: name,
      read(reader, tag, earlier) {
        const chosen = earlier as RawChoice | undefined;
        const before = chosen?.case === name ? chosen.value : undefined;
        return { case: name, value: value.read(reader, tag, before) };
      },
    })),
    initial: undefined,
    write(init, writer, path) {
      if (init === undefined) return;
      const { case: name, value: chosen } = checkObject(init, path);
      path.enter(".case");
      const [number, value] = cases[checkName(name, path, cases)]!;
      path.leave();
      path.enter(`.${String(name)}`);
      writeAlways(number, value)(chosen as never, writer, path);
      path.leave();
    },
    finish(raw: RawChoice | undefined) {
      const finish = raw && finishes.get(raw.case);
      return (finish === undefined
        ? raw
        : { case: raw!.case, value: finish(raw!.value) }) as
          | Choice<C>
          | undefined;
    },
  };
}

/** The cases of a oneof: a number and a type for each name. */
type Cases = Readonly<
  Record<string, readonly [number: number, value: Value<unknown, never>]>
>;

/** A case and its decoded value. */
type Choice<C extends Cases> = {
  readonly [K in keyof C]: {
    readonly case: K;
    readonly value: C[K][1] extends Value<infer T, never> ? T : never;
  };
}[keyof C];

/** A case and a value that may be encoded. */
type ChoiceInit<C extends Cases> = {
  readonly [K in keyof C]: {
    readonly case: K;
    readonly value: C[K][1] extends Value<unknown, infer I> ? I : never;
  };
}[keyof C];

interface RawChoice {
  readonly case: string;
  readonly value: unknown;
}

/** Reads the message that an entry of a map is on the wire, as a pair. */
function entryReader(
  key: Value<unknown, never>,
  value: Value<unknown, never>,
): (reader: WireReader) => [key: unknown, value: unknown] {
  return (reader) => {
    const pair: [unknown, unknown] = [key.initial, value.initial];
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
      if (tag >>> 3 === 1) pair[0] = key.read(reader, tag);
      else if (tag >>> 3 === 2) pair[1] = value.read(reader, tag, pair[1]);
      else reader.skip(tag);
    }
    return pair;
  };
}
