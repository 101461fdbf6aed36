/** Compares the entries of messages with the .proto files that they are of. */

import { assert, assertEquals } from "@std/assert";
import protobuf from "protobufjs";
import type { Field, FieldPart } from "../../internal/message/fields.ts";
import type { Enumeration } from "../../internal/message/enumeration.ts";
import type { MessageType } from "../../internal/message/message.ts";

/**
 * Fails when an entry is not what the .proto file has: name, numbers, types, labels, names of enums.
 *
 * @param root The parsed files.
 * @param message The entry.
 * @param options Differences that are meant.
 * @param options.renamed Keys that differ from the names of their fields in camel case, by those names.
 * @param options.required Messages that are never absent.
 */
export function assertEntry(
  root: protobuf.Root,
  message: MessageType<unknown, never>,
  { renamed = {}, required = [] }: {
    readonly renamed?: Readonly<Record<string, string>> | undefined;
    readonly required?: readonly string[] | undefined;
  } = {},
): void {
  const type = root.lookupType(message.name);
  assertEquals(type.fullName, `.${message.name}`);
  const expected = type.fieldsArray.map((field) => {
    field.resolve();
    const oneof = field.partOf?.isProto3Optional ? null : field.partOf;
    const name = oneof?.name ?? field.name;
    return {
      key: renamed[name] ?? name,
      case: oneof === null ? undefined : field.name,
      number: field.id,
      label: required.includes(name)
        ? "singular"
        : labelOf(field, oneof !== null),
      type: typeOf(field),
    };
  });
  const actual = message.fields.flatMap(({ key, field }) =>
    field.parts.map((part) => ({
      key,
      case: part.case,
      number: part.number,
      label: field.label,
      type: partType(part, type.fieldsById[part.number]),
    }))
  );
  assertEquals(actual, expected, message.name);
}

function labelOf(
  field: protobuf.Field,
  oneof: boolean,
): Field<unknown>["label"] {
  if (field instanceof protobuf.MapField) return "map";
  if (field.repeated) return "repeated";
  if (oneof) return "oneof";
  return field.partOf !== null || field.resolvedType instanceof protobuf.Type
    ? "optional"
    : "singular";
}

function typeOf(field: protobuf.FieldBase): string {
  const { resolvedType } = field;
  const type = resolvedType instanceof protobuf.Enum
    ? `enum ${JSON.stringify(namesOf(resolvedType))}`
    : resolvedType?.fullName.slice(1) ?? field.type;
  return field instanceof protobuf.MapField
    ? `map<${field.keyType}, ${type}>`
    : type;
}

/** The values of an enum without the prefix that all of them have. */
function namesOf({ name, values }: protobuf.Enum): Record<string, number> {
  const prefix = `${name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase()}_`;
  return Object.fromEntries(
    Object.entries(values).map((
      [name, number],
    ) => [name.startsWith(prefix) ? name.slice(prefix.length) : name, number]),
  );
}

function partType(
  { key, value }: FieldPart,
  field: protobuf.Field | undefined,
): string {
  assert(field !== undefined, `${value.type} has no field in the .proto file`);
  const type = value.type === "enum"
    ? `enum ${JSON.stringify((value as Enumeration<string>).numbers)}`
    : value.type;
  return key === undefined ? type : `map<${key.type}, ${type}>`;
}
