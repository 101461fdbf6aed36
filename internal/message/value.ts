/** Values of fields: the scalars, enums and messages that an entry is made of. */

import type { WireReader } from "../../proto/runtime/wire_reader.ts";
import type { Writer } from "../../proto/runtime/wire_writer.ts";
import type { FieldPath } from "./field_path.ts";

/** Wire type of a value: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
type WireType = 0 | 1 | 2 | 5;

/**
 * A type of value, read and written without the tag of its field.
 *
 * @typeParam T The value as it is decoded.
 * @typeParam I All that may be encoded.
 * @typeParam Raw The value between the two: checked, or read and not yet finished.
 */
// Fields do not know Raw: it is the business of the value alone.
// deno-lint-ignore no-explicit-any
export interface Value<out T, in I = T, Raw = any> {
  /** Name of the type, as a .proto file has it; of a message or an enum its full name or none. */
  readonly type: string;
  /** Its wire type. */
  readonly wireType: WireType;
  /** The value of a field that is not on the wire; `undefined` for messages, which have no default. */
  readonly initial: Raw;
  /** Reports whether a value may be omitted for a field without presence. */
  readonly isInitial: (raw: Raw) => boolean;
  /** Checks a value to encode; a failure names the field by `path`. */
  readonly check: (value: I, path: FieldPath) => Raw;
  /** Writes what was checked. */
  readonly write: (raw: Raw, writer: Writer, path: FieldPath) => void;
  /** Reads a value; a message is added to what an earlier occurrence of the field gave. */
  readonly read: (reader: WireReader, tag: number, earlier?: Raw) => Raw;
  /** Makes of what was read, once all of it was, the decoded value; absent where they are the same. */
  readonly finish?: ((raw: Raw) => T) | undefined;
  /**
   * Reports whether the decoded value loses a part of the raw one: a number without a name in its
   * enum.
   */
  readonly isUnknown?: ((raw: Raw) => boolean) | undefined;
}

/**
 * A value in another form than the wire's, such as a Date for a Timestamp.
 *
 * @param value The value on the wire.
 * @param form Both directions of the conversion; `encode` names the field by `path` when it fails.
 * @returns The value in the other form.
 */
export function mapped<T, I, F, G>(
  value: Value<F, G>,
  form: {
    readonly decode: (value: F) => T;
    readonly encode: (value: I, path: FieldPath) => G;
  },
): Value<T, I> {
  const { finish } = value;
  return {
    ...value,
    check: (init, path) => value.check(form.encode(init, path), path),
    finish: finish === undefined
      ? form.decode
      : (raw) => form.decode(finish(raw)),
  };
}

/**
 * A value that need not be given: its default stands for it.
 *
 * @param value The value.
 * @returns The value, `undefined` allowed.
 */
export function defaulted<T, I>(value: Value<T, I>): Value<T, I | undefined> {
  return {
    ...value,
    check: (init, path) =>
      init === undefined ? value.initial : value.check(init, path),
  };
}
