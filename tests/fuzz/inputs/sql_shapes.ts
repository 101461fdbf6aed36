/** Fields of every message of Flight SQL, by their entries: reflection does not serve them. */

import type { MessageType } from "../../../internal/message/message.ts";
import { SAMPLES } from "../../sql/all_messages.ts";
import type { FieldShape } from "./proto_shapes.ts";

/** Numbers of `FieldDescriptorProto.Type`; anything else is a message. */
const TYPES: Readonly<Record<string, number>> = {
  int64: 3,
  int32: 5,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
  enum: 14,
};
const MESSAGE = 11;

/**
 * Lists the fields of each message.
 *
 * @returns The fields by the full name of the message, with a dot before it.
 */
export function sqlShapes(): Map<string, readonly FieldShape[]> {
  const shapes = new Map<string, readonly FieldShape[]>();
  for (const { message } of SAMPLES) addShape(message, shapes);
  return shapes;
}

function addShape(
  { name, fields }: MessageType<unknown, never>,
  shapes: Map<string, readonly FieldShape[]>,
): void {
  shapes.set(
    `.${name}`,
    fields.flatMap(({ key, field }) =>
      field.parts.map(({ number, value, key: mapKey }) => {
        if (mapKey === undefined) {
          return shapeOf(number, value.type, field.label === "repeated");
        }
        // An entry of a map is a message on the wire.
        const typeName = `.${name}.${key}`;
        shapes.set(typeName, [
          shapeOf(1, mapKey.type),
          shapeOf(2, value.type),
        ]);
        return { number, isRepeated: true, type: MESSAGE, typeName };
      })
    ),
  );
}

function shapeOf(
  number: number,
  type: string,
  isRepeated = false,
): FieldShape {
  return {
    number,
    isRepeated,
    type: TYPES[type] ?? MESSAGE,
    typeName: `.${type}`,
  };
}
