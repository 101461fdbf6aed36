/** Makes record batches of JavaScript's values. */

import { Field, type RecordBatch, Schema, Struct } from "apache-arrow";
import { newRecordBatch } from "../arrow_objects.ts";
import { TYPE_ID } from "../arrow_format.ts";
import { columnOf } from "./column_builder.ts";
import { inferType } from "./infer_type.ts";
import type { Place } from "./place.ts";
import { typeText } from "../types/type_text.ts";

/** Column to build. */
export interface ColumnInit {
  /** Its name. */
  readonly name: string;
  /** One value for each row. */
  readonly values: readonly unknown[];
}

/** Makes the batches of one stream: all of them have the schema of the first. */
export class RowBatches {
  readonly #noun: string;
  readonly #fields: readonly Field[] | undefined;
  #schema: Schema | undefined;
  #type: Struct | undefined;
  #rows = 0;

  /**
   * @param noun The name of what has the values, for errors, such as `parameter`.
   * @param fields The fields that are wanted; where their type is null, as all of them without fields, types
   * are inferred of the values of the first batch.
   */
  constructor(noun: string, fields?: readonly Field[]) {
    this.#noun = noun;
    this.#fields = fields;
  }

  /** The fields that are wanted, or were inferred. */
  get fields(): readonly Field[] | undefined {
    return this.#schema?.fields ?? this.#fields;
  }

  /**
   * Makes the next batch.
   *
   * @param columns The columns in the order of the fields.
   * @param length The number of rows.
   * @throws {TypeError} When a value is not of the type of its column.
   * @throws {RangeError} When a value is beyond it.
   */
  batch(columns: readonly ColumnInit[], length: number): RecordBatch {
    const first = this.#rows;
    this.#rows += length;
    const placeOf = (name: string): Place => (i) =>
      `${this.#noun} ${JSON.stringify(name)}` +
      (first + length > 1 ? ` in row ${first + i}` : "");
    this.#schema ??= schemaOf(
      columns.map(({ name, values }, i) =>
        fieldOf(this.#fields?.[i], name, values, placeOf(name))
      ),
      this.#fields,
    );
    const { fields } = this.#schema;
    this.#type ??= new Struct(fields);
    const children = fields.map((field, i) => {
      const { values } = columns[i]!;
      if (!field.nullable) {
        const missing = values.findIndex(isNone);
        if (missing >= 0) {
          throw new TypeError(
            `Cannot use ${placeOf(field.name)(missing)}: null is not ${
              typeText(field.type)
            }, and the field is not nullable`,
          );
        }
      }
      return columnOf(field.type, values, placeOf(field.name));
    });
    return newRecordBatch(
      this.#schema,
      this.#type,
      length,
      children,
      new Map(),
    );
  }
}

/** Schemas by the fields that were wanted: a schema is encoded once. */
const SCHEMAS = new WeakMap<readonly Field[], Schema>();

/** Makes a schema; the same one each time the same fields are wanted, and nothing else is known of them. */
function schemaOf(
  fields: Field[],
  wanted: readonly Field[] | undefined,
): Schema {
  if (wanted === undefined) return new Schema(fields);
  const known = SCHEMAS.get(wanted);
  if (
    known?.fields.length === fields.length &&
    fields.every((field, i) => field === known.fields[i])
  ) return known;
  const schema = new Schema(fields);
  SCHEMAS.set(wanted, schema);
  return schema;
}

/** A field for the first values: what it lacks is theirs. */
function fieldOf(
  wanted: Field | undefined,
  name: string,
  values: readonly unknown[],
  place: Place,
): Field {
  const isKnown = wanted !== undefined && wanted.type.typeId !== TYPE_ID.null;
  const nullable = !isKnown || wanted.nullable || values.some(isNone);
  if (isKnown && nullable === wanted.nullable) return wanted;
  const type = isKnown ? wanted.type : inferType(values, place);
  return new Field(wanted?.name ?? name, type, nullable, wanted?.metadata);
}

function isNone(value: unknown): boolean {
  return value === null || value === undefined;
}
