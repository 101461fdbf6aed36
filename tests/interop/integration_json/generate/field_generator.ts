/**
 * Generators of fields of the integration JSON, and of columns for them.
 *
 * @module
 */
import type {
  JsonColumn,
  JsonField,
  JsonMetadata,
  JsonType,
  JsonValue,
} from "../json_document.ts";
import type { Random } from "./random.ts";

/** A field, and how its columns come about. */
export interface FieldGenerator {
  readonly field: JsonField;
  /** Makes a column of so many rows. */
  column(random: Random, count: number): JsonColumn;
}

/** Common options of fields. */
export interface FieldOptions {
  /** True by default. */
  readonly nullable?: boolean;
  readonly metadata?: JsonMetadata;
}

/** The first part of a field's description. */
export function fieldOf(
  name: string,
  type: JsonType,
  { nullable = true, metadata }: FieldOptions,
  children: readonly FieldGenerator[] = [],
): JsonField {
  return {
    name,
    type,
    nullable,
    children: children.map(({ field }) => field),
    ...(metadata ? { metadata } : {}),
  };
}

/** Chooses the null rows: two in five, if nulls are allowed. */
export function validity(
  random: Random,
  { nullable }: JsonField,
  count: number,
): number[] {
  return Array.from(
    { length: count },
    () => nullable && random.fraction() < 0.4 ? 0 : 1,
  );
}

/** A field whose columns are VALIDITY and DATA. Nulls have values below them. */
export function valuesField(
  name: string,
  type: JsonType,
  options: FieldOptions,
  valueOf: (random: Random, row: number) => JsonValue,
): FieldGenerator {
  const field = fieldOf(name, type, options);
  return {
    field,
    column: (random, count) => ({
      name,
      count,
      VALIDITY: validity(random, field, count),
      DATA: Array.from({ length: count }, (_, row) => valueOf(random, row)),
    }),
  };
}

/** A field of the same kind, with another name or other metadata. */
export function renamed(
  { field, column }: FieldGenerator,
  change: Partial<Pick<JsonField, "name" | "metadata">>,
): FieldGenerator {
  const changed = { ...field, ...change };
  return {
    field: changed,
    column: (random, count) => ({
      ...column(random, count),
      name: changed.name,
    }),
  };
}
