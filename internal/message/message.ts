/**
 * Messages as entries: the name, and a field for each key.
 *
 * ```ts
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
import {
  createWriter,
  finish,
  type Writer,
  writeUnknown,
} from "../../proto/runtime/wire_writer.ts";
import { checkObject } from "./check_field.ts";
import { decodeMessage } from "./decode_message.ts";
import { recallNumber, rememberNumber } from "./enumeration.ts";
import { FieldPath } from "./field_path.ts";
import type { Field } from "./fields.ts";
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
export interface MessageField {
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
  const slots = Object.entries(fields).map(([key, field]) => ({
    key,
    field: field as Field<unknown, unknown>,
    step: `.${key}`,
  }));
  const initials = slots.map(({ field }) => field.initial);
  const parts = new Map(
    slots.flatMap(({ field }, slot) =>
      field.parts.map(({ number, read }) => [number, { slot, read }] as const)
    ),
  );

  return withCodec<T, I>(name, slots, {
    check: checkObject,
    writeFields(checked, writer, path) {
      const object = checked as Record<string, unknown>;
      for (const { key, field, step } of slots) {
        const init = field.isUnknown === undefined
          ? object[key]
          : recallNumber(object, key, object[key]);
        field.write(init, writer, new FieldPath(path, step));
      }
      writeUnknown(object, writer);
    },
    readFields(reader, raw = initials.slice()) {
      for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
        const part = parts.get(tag >>> 3);
        if (part === undefined) reader.keep(tag, raw);
        else raw[part.slot] = part.read(reader, tag, raw[part.slot]);
      }
      return raw;
    },
    finish(raw = initials) {
      const object: Record<string, unknown> = {};
      for (const [slot, { key, field }] of slots.entries()) {
        const read = raw[slot] as never;
        const value = field.finish === undefined ? read : field.finish(read);
        if (value !== undefined) object[key] = value;
        if (field.isUnknown?.(read)) rememberNumber(object, key, value, read);
      }
      return copyUnknownFields(raw, object) as T;
    },
  });
}

/**
 * A message in another form than an object with its fields, or one that accepts other forms.
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
    check(value, path) {
      const fields = form.encode(value, path);
      copyAll(value, fields);
      return base.check(fields, path);
    },
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

/** Gives an object the unknown fields of another, if they are two objects. */
function copyAll(from: unknown, to: unknown): void {
  const isObject = (value: unknown) =>
    typeof value === "object" && value !== null;
  if (isObject(from) && isObject(to) && from !== to) {
    copyUnknownFields(from as object, to as object);
  }
}

/** What makes one message different from another. */
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
  const root = new FieldPath(shortName);
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
      const writer = createWriter();
      writeFields(check(value, root), writer, root);
      return finish(writer);
    },
    decode: (bytes) =>
      decodeMessage(
        shortName,
        bytes,
        (reader) => finishMessage(readFields(reader)),
      ),
  };
}
