/**
 * The data of several scenarios: one column, `number`, without nulls.
 *
 * @module
 */
import {
  Field,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Uint32,
} from "apache-arrow";

/** Numbers that may be negative. */
export const INT32_NUMBERS = new Schema([
  new Field("number", new Int32(), false),
]);

/** Numbers that may not. */
export const UINT32_NUMBERS = new Schema([
  new Field("number", new Uint32(), false),
]);

/** A batch of `schema`, which is one of the above. */
export function numberBatch(
  schema: Schema,
  numbers: readonly number[],
): RecordBatch {
  const data = schema === INT32_NUMBERS
    ? makeData({ type: new Int32(), data: Int32Array.from(numbers) })
    : makeData({ type: new Uint32(), data: Uint32Array.from(numbers) });
  return new RecordBatch(
    schema,
    makeData({
      type: new Struct(schema.fields),
      length: numbers.length,
      children: [data],
    }),
  );
}

/** Returns the values in the first column of a batch. */
export function numbersOf(batch: RecordBatch): unknown[] {
  return [...batch.getChildAt(0)!];
}
