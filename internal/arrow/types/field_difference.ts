/** Describes the first difference between two lists of fields. */

import type { Field } from "apache-arrow";
import { typeText } from "./type_text.ts";

/**
 * Compares fields by name and type.
 *
 * @param fields The actual fields.
 * @param expected The expected fields.
 * @param matches Reports whether a type is acceptable in place of the other; `i` is the index of
 * the field.
 * @returns The difference, to follow the name of the schema in an error; `undefined` for none.
 */
export function differenceOf(
  fields: readonly Field[],
  expected: readonly Field[],
  matches: (type: Field["type"], other: Field["type"], i: number) => boolean,
): string | undefined {
  if (fields.length !== expected.length) {
    return `it has ${fields.length} fields, not ${expected.length}`;
  }
  for (const [i, field] of fields.entries()) {
    const other = expected[i]!;
    if (field.name === other.name && matches(field.type, other.type, i)) {
      continue;
    }
    return `field ${i} is ${textOf(field)}, not ${textOf(other)}`;
  }
  return undefined;
}

function textOf({ name, type }: Field): string {
  return `${JSON.stringify(name)}: ${typeText(type)}`;
}
