/** Parameters whose type nothing in a statement tells. */

import { type DataType, Field } from "apache-arrow";

const TYPE_NAME = "ARROW:FLIGHT:SQL:TYPE_NAME";
/** Name of the type in SQLite and Apache Calcite. */
const ANY = "ANY";

/**
 * Makes the field of a parameter that takes values of any type.
 *
 * @param type Type for drivers that bind no other than the announced one.
 */
export function anyParameter(name: string, type: DataType): Field {
  return new Field(name, type, true, new Map([[TYPE_NAME, ANY]]));
}

/** Tells whether a parameter takes values of any type. */
export function takesAny({ metadata }: Field): boolean {
  return metadata.get(TYPE_NAME) === ANY;
}
