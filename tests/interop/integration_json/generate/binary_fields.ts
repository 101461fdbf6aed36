/**
 * Fields of bytes and of text.
 *
 * @module
 */
import type { JsonColumn, JsonView } from "../json_document.ts";
import {
  type FieldGenerator,
  fieldOf,
  type FieldOptions,
  validity,
  valuesField,
} from "./field_generator.ts";
import type { Random } from "./random.ts";

/** Types whose values have any length. */
type BinaryName = "binary" | "utf8" | "largebinary" | "largeutf8";

/** So many bytes fit into a view itself. */
const INLINE_BYTES = 12;

/** Small, so that even few values need several. */
const DATA_BUFFER_BYTES = 32;

const encoder = new TextEncoder();

/** Values as the format has them, nulls empty. */
function values(
  random: Random,
  valid: readonly number[],
  isText: boolean,
): string[] {
  return valid.map((isValid) =>
    isValid === 0
      ? ""
      : isText
      ? random.text(random.integer(0, 9))
      : random.hex(random.integer(0, 16))
  );
}

function bytesOf(value: string, isText: boolean): Uint8Array {
  return isText ? encoder.encode(value) : Uint8Array.fromHex(value);
}

/** A field of bytes or text. */
export function binary(
  name: string,
  type: BinaryName,
  options: FieldOptions = {},
): FieldGenerator {
  const field = fieldOf(name, { name: type }, options);
  const isText = type.endsWith("utf8");
  return {
    field,
    column(random, count): JsonColumn {
      const VALIDITY = validity(random, field, count);
      const DATA = values(random, VALIDITY, isText);
      const offsets = [0];
      for (const value of DATA) {
        offsets.push(offsets.at(-1)! + bytesOf(value, isText).length);
      }
      const OFFSET = type.startsWith("large") ? offsets.map(String) : offsets;
      return { name, count, VALIDITY, OFFSET, DATA };
    },
  };
}

/** A field of text. */
export function utf8(name: string, options?: FieldOptions): FieldGenerator {
  return binary(name, "utf8", options);
}

/** A field of bytes, so many in each value. */
export function fixedSizeBinary(
  name: string,
  byteWidth: number,
  options: FieldOptions = {},
): FieldGenerator {
  return valuesField(
    name,
    { name: "fixedsizebinary", byteWidth },
    options,
    (random) => random.hex(byteWidth),
  );
}

/** A field of views. */
export function view(
  name: string,
  type: "binaryview" | "utf8view",
): FieldGenerator {
  const field = fieldOf(name, { name: type }, {});
  const isText = type === "utf8view";
  return {
    field,
    column(random, count): JsonColumn {
      const VALIDITY = validity(random, field, count);
      const buffers: string[] = [];
      const VIEWS = values(random, VALIDITY, isText).map((value): JsonView => {
        const hex = bytesOf(value, isText).toHex().toUpperCase();
        const SIZE = hex.length / 2;
        if (SIZE <= INLINE_BYTES) return { SIZE, INLINED: value };
        const last = buffers.at(-1);
        if (last === undefined || last.length / 2 + SIZE > DATA_BUFFER_BYTES) {
          buffers.push("");
        }
        const BUFFER_INDEX = buffers.length - 1;
        const OFFSET = buffers[BUFFER_INDEX]!.length / 2;
        buffers[BUFFER_INDEX] += hex;
        return { SIZE, PREFIX_HEX: hex.slice(0, 8), BUFFER_INDEX, OFFSET };
      });
      return { name, count, VALIDITY, VIEWS, VARIADIC_DATA_BUFFERS: buffers };
    },
  };
}
