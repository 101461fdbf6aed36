/**
 * Fields that have others inside, those of dictionaries, and null.
 *
 * @module
 */
import type {
  JsonColumn,
  JsonDictionaryBatch,
  JsonType,
} from "../json_document.ts";
import {
  type FieldGenerator,
  fieldOf,
  type FieldOptions,
  validity,
} from "./field_generator.ts";
import { intType, runEnds } from "./number_fields.ts";
import { Random } from "./random.ts";

/** Most values in a list. */
const MAX_LIST = 4;

/** A field without values. */
export function nulls(name: string): FieldGenerator {
  return {
    field: fieldOf(name, { name: "null" }, {}),
    column: (_, count) => ({ name, count }),
  };
}

/** A field of lists, or of maps, which are lists of entries. */
function listOf(
  type: JsonType,
  name: string,
  child: FieldGenerator,
  options: FieldOptions,
): FieldGenerator {
  const field = fieldOf(name, type, options, [child]);
  return {
    field,
    column(random, count): JsonColumn {
      const VALIDITY = validity(random, field, count);
      const offsets = [0];
      for (const isValid of VALIDITY) {
        const length = isValid * random.integer(0, MAX_LIST);
        offsets.push(offsets.at(-1)! + length);
      }
      const OFFSET = type.name === "largelist" ? offsets.map(String) : offsets;
      const children = [child.column(random, offsets.at(-1)!)];
      return { name, count, VALIDITY, OFFSET, children };
    },
  };
}

/** A field of lists. */
export function list(
  name: string,
  child: FieldGenerator,
  options: FieldOptions = {},
): FieldGenerator {
  return listOf({ name: "list" }, name, child, options);
}

/** A field of lists with offsets of 64 bits. */
export function largeList(
  name: string,
  child: FieldGenerator,
  options: FieldOptions = {},
): FieldGenerator {
  return listOf({ name: "largelist" }, name, child, options);
}

/** A field of maps. */
export function map(
  name: string,
  key: FieldGenerator,
  value: FieldGenerator,
  entries = "entries",
): FieldGenerator {
  const child = struct(entries, [key, value], { nullable: false });
  return listOf({ name: "map", keysSorted: false }, name, child, {});
}

/** A field of lists that are anywhere in the child, in any order. */
export function listView(
  name: string,
  type: "listview" | "largelistview",
  child: FieldGenerator,
): FieldGenerator {
  const field = fieldOf(name, { name: type }, {}, [child]);
  const textOf = (numbers: number[]) =>
    type === "listview" ? numbers : numbers.map(String);
  return {
    field,
    column(random, count): JsonColumn {
      const length = MAX_LIST * count;
      const numbers = (most: number) =>
        textOf(Array.from({ length: count }, () => random.integer(0, most)));
      return {
        name,
        count,
        VALIDITY: validity(random, field, count),
        OFFSET: numbers(length - MAX_LIST),
        SIZE: numbers(MAX_LIST),
        children: [child.column(random, length)],
      };
    },
  };
}

/** A field of lists of `listSize` values each. */
export function fixedSizeList(
  name: string,
  child: FieldGenerator,
  listSize: number,
): FieldGenerator {
  const field = fieldOf(name, { name: "fixedsizelist", listSize }, {}, [child]);
  return {
    field,
    column: (random, count) => ({
      name,
      count,
      VALIDITY: validity(random, field, count),
      children: [child.column(random, listSize * count)],
    }),
  };
}

/** A field of structs. */
export function struct(
  name: string,
  children: readonly FieldGenerator[],
  options: FieldOptions = {},
): FieldGenerator {
  const field = fieldOf(name, { name: "struct" }, options, children);
  return {
    field,
    column: (random, count) => ({
      name,
      count,
      VALIDITY: validity(random, field, count),
      children: children.map((child) => child.column(random, count)),
    }),
  };
}

/** A field of runs of equal values, one for each row that the value has. */
export function runEndEncoded(
  name: string,
  bitWidth: 16 | 32 | 64,
  values: FieldGenerator,
): FieldGenerator {
  const ends = runEnds(bitWidth);
  return {
    field: fieldOf(name, { name: "runendencoded" }, {}, [ends, values]),
    column: (random, count) => ({
      name,
      count,
      children: [ends.column(random, count), values.column(random, count)],
    }),
  };
}

/** A field whose values are of one of the children's types. */
export function union(
  name: string,
  mode: "SPARSE" | "DENSE",
  children: Readonly<Record<number, FieldGenerator>>,
  options: FieldOptions = {},
): FieldGenerator {
  const typeIds = Object.keys(children).map(Number);
  const fields = Object.values(children);
  return {
    field: fieldOf(name, { name: "union", mode, typeIds }, options, fields),
    column(random, count): JsonColumn {
      const ids = Array.from({ length: count }, () => random.pick(typeIds));
      const lengths = new Map(typeIds.map((id) => [id, 0]));
      const OFFSET = ids.map((id) => {
        const offset = lengths.get(id)!;
        lengths.set(id, offset + 1);
        return offset;
      });
      const isDense = mode === "DENSE";
      return {
        name,
        count,
        TYPE_ID: ids,
        ...(isDense ? { OFFSET } : {}),
        children: typeIds.map((id) =>
          children[id]!.column(random, isDense ? lengths.get(id)! : count)
        ),
      };
    },
  };
}

/** A dictionary that fields refer to. */
export interface DictionaryGenerator {
  readonly id: number;
  readonly values: FieldGenerator;
  readonly count: number;
}

/** Makes the values of a dictionary. */
export function dictionaryBatch(
  { id, values, count }: DictionaryGenerator,
): JsonDictionaryBatch {
  const column = values.column(new Random(`dictionary ${id}`), count);
  return {
    id,
    data: { count, columns: [{ ...column, name: `DICT${id}` }] },
  };
}

/** A field of indices into a dictionary. */
export function dictionary(
  name: string,
  indexType: JsonType & { readonly name: "int" },
  { id, values, count: size }: DictionaryGenerator,
): FieldGenerator {
  const { type, children } = values.field;
  const field = {
    ...fieldOf(name, type, {}),
    children,
    dictionary: { id, indexType, isOrdered: false },
  };
  return {
    field,
    column: (random, count) => ({
      name,
      count,
      VALIDITY: validity(random, field, count),
      DATA: Array.from({ length: count }, () => {
        const index = random.integer(0, size - 1);
        return indexType.bitWidth === 64 ? String(index) : index;
      }),
    }),
  };
}

/** The indices that most implementations use. */
export const INT8: JsonType & { readonly name: "int" } = intType(true, 8);
