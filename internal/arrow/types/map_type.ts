/** Makes types of maps. */

import { type DataType, type Field, Map_, type Struct } from "apache-arrow";

/**
 * Makes a map type whose fields keep their names. The constructor always names them `entries`,
 * `key` and `value`, although the format leaves the names to the author of the schema.
 *
 * @param entries The field of the entries, a struct of a key and a value.
 * @param keysSorted True if the keys of each map are sorted.
 */
export function mapType(entries: Field, keysSorted: boolean): DataType {
  const fields: Field[] = [entries, ...entries.type.children];
  const names = fields.map(({ name }) => ({ name }));
  type Entries = Field<Struct<{ key: DataType; value: DataType }>>;
  const type = new Map_(entries as Entries, keysSorted);
  fields.forEach((field, index) => Object.assign(field, names[index]));
  return type;
}
