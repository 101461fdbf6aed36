/**
 * Messages as entries: the name, and a field for each key.
 *
 * ```ts
 * import { field } from "./fields.ts";
 * import { message, type MessageType } from "./message.ts";
 * import { bytes } from "./scalars.ts";
 *
 * export interface Ticket {
 *   readonly ticket: Uint8Array;
 * }
 * export const ticket: MessageType<Ticket> = message(
 *   "arrow.flight.protocol.Ticket",
 *   { ticket: field(1, bytes) },
 * );
 * ```
 *
 * The compiler demands a field for each key of the type, of the same type.
 */

import { copyUnknownFields } from "../../proto/runtime/unknown_fields.ts";
import type { WireReader } from "../../proto/runtime/wire_reader.ts";
import { Writer, writeUnknown } from "../../proto/runtime/wire_writer.ts";
import { checkNoOthers, checkObject } from "./check_field.ts";
import { decodeMessage } from "./decode_message.ts";
import { recallNumber, rememberNumber } from "./enumeration.ts";
import { FieldPath } from "./field_path.ts";
import type { Field, FieldPart } from "./fields.ts";
import type { Value } from "./value.ts";

/**
 * Encodes and decodes a message.
 *
 * @typeParam T The decoded message.
 * @typeParam I All that may be encoded.
 */
export interface MessageCodec<out T, in I = T> {
  /** Full name, such as `arrow.flight.protocol.Ticket`. */
  readonly name: string;
  /**
   * Encodes a message. Fields that an earlier `decode` did not know are part of it.
   *
   * @param value The message.
   * @returns Its bytes, in a buffer of their own.
   * @throws {TypeError} When a field has a value of a wrong type.
   * @throws {RangeError} When a number is out of range.
   */
  encode(value: I): Uint8Array;
  /**
   * Decodes a message. Unknown fields stay with it, and an unknown number of an enum is its name of 0;
   * both are sent again when the message, unchanged, is encoded.
   *
   * @param bytes The whole message.
   * @returns The message; its bytes are views on `bytes`. An absent field is an absent key.
   * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
   * @throws {TypeError} When `bytes` is not a Uint8Array.
   */
  decode(bytes: Uint8Array): T;
}

/** A message: a codec, and a value that fields of other messages may have. */
export interface MessageType<out T, in I = T>
  extends MessageCodec<T, I>, Value<T, I> {
  /** Its fields, in the order in which they are written. */
  readonly fields: readonly MessageField[];
  readonly finish: (raw: RawMessage | undefined) => T;
  /** Writes the fields of what `check` gave, without tag and length. */
  readonly writeFields: (
    checked: object,
    writer: Writer,
    path: FieldPath,
  ) => void;
  /** Reads fields up to the end of the message. */
  readonly readFields: (reader: WireReader, earlier?: RawMessage) => RawMessage;
}

/** The field of each key of a message. */
export type Fields<T, I = T> = {
  readonly [K in keyof T]-?: Field<T[K], K extends keyof I ? I[K] : undefined>;
};

/** A field and its key. */
interface MessageField {
  /** The key in the object. */
  readonly key: string;
  /** The field. */
  readonly field: Field<unknown, never>;
}

/**
 * A message that was read and is not yet finished: a value for each of its fields, in their order. It
 * has the unknown fields, too.
 */
type RawMessage = unknown[];

/** A field and its key, as a message uses them. */
interface Slot {
  readonly key: string;
  /** The step of a path to the field. */
  readonly step: string;
  /** True if the field may be `undefined`, that is absent. */
  readonly isOptional: boolean;
  readonly write: (init: unknown, writer: Writer, path: FieldPath) => void;
  readonly finish: ((raw: unknown) => unknown) | undefined;
  readonly isUnknown: ((raw: unknown) => boolean) | undefined;
}

/** A number on the wire: the place of its field, and the reader of a value. */
interface ReadPart {
  readonly slot: number;
  readonly read: FieldPart["read"];
}

/** Both directions between the object that has the fields of a message and what stands for it. */
interface Form<T, I, F, G> {
  /** Gets an object of its own, which may become the message. */
  readonly decode: (fields: F) => T;
  /** Gives a new object, or the value itself. */
  readonly encode: (value: I, path: FieldPath) => G;
}

/**
 * Makes a message of its entry.
 *
 * @param name Full name of the message, as its .proto file has it.
 * @param fields The field of each key.
 * @returns The message.
 */
export function message<T extends object, I extends object = T>(
  name: string,
  fields: NoInfer<Fields<T, I>>,
): MessageType<T, I> {
  const list = Object.entries<Field<unknown, never>>(fields)
    .map(([key, field]) => ({ key, field }));
  // All of one shape, which engines are fast with.
  const slots = list.map(({ key, field }): Slot => ({
    key,
    step: `.${key}`,
    isOptional: field.label === "optional" || field.label === "oneof",
    write: field.write as Slot["write"],
    finish: field.finish as Slot["finish"],
    isUnknown: field.isUnknown as Slot["isUnknown"],
  }));
  const keys = list.map(({ key }) => key);
  const initials = list.map(({ field }) => field.initial);
  // Most numbers are small, and an array is faster than a Map.
  const parts: ReadPart[] = [];
  const laterParts = new Map<number, ReadPart>();
  for (const [slot, { field }] of list.entries()) {
    for (const { number, read } of field.parts) {
      if (number < 16) parts[number] = { slot, read };
      else laterParts.set(number, { slot, read });
    }
  }

  return withCodec<T, I>(name, list, {
    check: checkObject,
    writeFields(checked, writer, path) {
      const object = checked as Record<string, unknown>;
      let isEmpty = true;
      for (let i = 0; i < slots.length; i++) {
        const { key, step, isOptional, write, isUnknown } = slots[i]!;
        const init = isUnknown === undefined
          ? object[key]
          : recallNumber(object, key, object[key]);
        if (init !== undefined) isEmpty = false;
        else if (isOptional) continue;
        path.enter(step);
        write(init, writer, path);
        path.leave();
      }
      if (isEmpty) checkNoOthers(object, path, keys);
      writeUnknown(object, writer);
    },
    readFields(reader, raw = initials.slice()) {
      for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
        const number = tag >>> 3;
        const part = number < 16 ? parts[number] : laterParts.get(number);
        if (part === undefined) reader.keep(tag, raw);
        else raw[part.slot] = part.read(reader, tag, raw[part.slot]);
      }
      return raw;
    },
    finish(raw = initials) {
      const object: Record<string, unknown> = {};
      for (let i = 0; i < slots.length; i++) {
        const { key, finish, isUnknown } = slots[i]!;
        const read = raw[i];
        const value = finish === undefined ? read : finish(read);
        if (value !== undefined) object[key] = value;
        if (isUnknown !== undefined && isUnknown(read)) {
          rememberNumber(object, key, value, read as number);
        }
      }
      return copyUnknownFields(raw, object) as T;
    },
  });
}

/**
 * A message in another form than an object with its fields.
 *
 * @param base The message as an object.
 * @param form Both directions of the conversion; unknown fields are copied where both are objects.
 * @returns The message in the other form.
 */
export function converted<T, I, F extends object, G extends object>(
  base: MessageType<F, G>,
  form: Form<T, I, F, G>,
): MessageType<T, I> {
  return withCodec<T, I>(base.name, base.fields, {
    check: (value, path) => checkForm(base, form.encode, value, path),
    writeFields: base.writeFields,
    readFields: base.readFields,
    finish(raw) {
      const fields = base.finish(raw);
      const value = form.decode(fields);
      copyAll(fields, value);
      return value;
    },
  });
}

/**
 * A message that may be given in several forms.
 *
 * @param base The message as an object.
 * @param toFields Makes the object of any form, which may be the value itself.
 * @returns The message.
 */
export function accepting<T, I, G extends object>(
  base: MessageType<T, G>,
  toFields: (value: I, path: FieldPath) => G,
): MessageType<T, I> {
  return withCodec<T, I>(base.name, base.fields, {
    check: (value, path) => checkForm(base, toFields, value, path),
    writeFields: base.writeFields,
    readFields: base.readFields,
    finish: base.finish,
  });
}

function checkForm<I, G extends object>(
  base: MessageType<unknown, G>,
  toFields: (value: I, path: FieldPath) => G,
  value: I,
  path: FieldPath,
): object {
  const fields = toFields(value, path);
  copyAll(value, fields);
  return base.check(fields, path);
}

/**
 * A message that is a part of itself: its entry is not complete when it is needed.
 *
 * @param name Full name of the message.
 * @param get Gives the message, once all entries are made.
 * @returns The message as a value.
 */
export function lazyMessage<T, I>(
  name: string,
  get: () => MessageType<T, I>,
): Value<T, I> {
  return {
    type: name,
    wireType: 2,
    initial: undefined,
    isInitial: () => false,
    check: (value, path) => get().check(value, path),
    write: (checked, writer, path) => get().write(checked, writer, path),
    read: (reader, tag, earlier) => get().read(reader, tag, earlier),
    finish: (raw) => get().finish(raw),
  };
}

/** Gives an object the unknown fields of another, if they are two objects. */
function copyAll(from: unknown, to: unknown): void {
  if (from !== to && isObject(from) && isObject(to)) {
    copyUnknownFields(from, to);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Parts in which messages differ. */
type MessageCore<T, I> = Pick<
  MessageType<T, I>,
  "check" | "writeFields" | "readFields" | "finish"
>;

function withCodec<T, I>(
  name: string,
  fields: readonly MessageField[],
  core: MessageCore<T, I>,
): MessageType<T, I> {
  const { check, writeFields, readFields, finish: finishMessage } = core;
  const shortName = name.slice(name.lastIndexOf(".") + 1);
  return {
    ...core,
    name,
    fields,
    type: name,
    wireType: 2,
    initial: undefined,
    isInitial: () => false,
    write(checked, writer, path) {
      writeFields(checked, writer.fork(), path);
      writer.ldelim();
    },
    read: (reader, tag, earlier) => reader.message(tag, readFields, earlier),
    encode(value) {
      const writer = new Writer();
      const path = new FieldPath(shortName);
      writeFields(check(value, path), writer, path);
      return writer.finish();
    },
    decode: (bytes) =>
      decodeMessage(
        shortName,
        bytes,
        (reader) => finishMessage(readFields(reader)),
      ),
  };
}
