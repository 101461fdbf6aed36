/**
 * Generates TypeScript for messages and enums: see compile_proto.ts.
 *
 * @module
 */

import protobuf from "protobufjs";

/** How a type is written in TypeScript and on the wire. */
interface Codec {
  readonly type: string;
  readonly initial: string;
  readonly wireType: number;
  /** The condition under which an implicitly present value is written. */
  readonly isSet: (value: string) => string;
  /** What is called on the writer. */
  readonly write: (value: string) => string;
  /** What reads it; `tag` is in scope. */
  readonly read: string;
}

function numberCodec(name: string, wireType: number): Codec {
  const isFloat = name === "float" || name === "double";
  return {
    type: "number",
    initial: "0",
    wireType,
    // -0 is not the default.
    isSet: (value) => isFloat ? `!Object.is(${value}, 0)` : `${value} !== 0`,
    write: (value) => `${name}(${value})`,
    read: `reader.${name}(tag)`,
  };
}

function bigintCodec(name: string, wireType: number): Codec {
  return {
    type: "bigint",
    initial: "0n",
    wireType,
    isSet: (value) => `${value} !== 0n`,
    write: (value) => `${name}(toLong(${value}))`,
    read: `reader.${name}(tag)`,
  };
}

const SCALARS: Readonly<Record<string, Codec>> = {
  int32: numberCodec("int32", 0),
  uint32: numberCodec("uint32", 0),
  sint32: numberCodec("sint32", 0),
  fixed32: numberCodec("fixed32", 5),
  sfixed32: numberCodec("sfixed32", 5),
  float: numberCodec("float", 5),
  double: numberCodec("double", 1),
  int64: bigintCodec("int64", 0),
  uint64: bigintCodec("uint64", 0),
  sint64: bigintCodec("sint64", 0),
  fixed64: bigintCodec("fixed64", 1),
  sfixed64: bigintCodec("sfixed64", 1),
  bool: {
    type: "boolean",
    initial: "false",
    wireType: 0,
    isSet: (value) => value,
    write: (value) => `bool(${value})`,
    read: "reader.bool(tag)",
  },
  string: {
    type: "string",
    initial: '""',
    wireType: 2,
    isSet: (value) => `${value} !== ""`,
    write: (value) => `string(${value})`,
    read: "reader.string(tag)",
  },
  bytes: {
    type: "Uint8Array",
    initial: "EMPTY_BYTES",
    wireType: 2,
    isSet: (value) => `${value}.byteLength > 0`,
    write: (value) => `bytes(${value})`,
    read: "reader.bytes(tag)",
  },
};

/** `Outer_Inner` for a message or enum inside another. */
function typeName(type: protobuf.ReflectionObject): string {
  return type.parent instanceof protobuf.Type
    ? `${typeName(type.parent)}_${type.name}`
    : type.name;
}

/** A doc comment, or nothing for an object without a comment. */
function doc(comment: string | null | undefined): string {
  if (!comment) return "";
  const lines = comment.trim().split("\n");
  return lines.length === 1
    ? `/** ${lines[0]} */\n`
    : `/**\n${lines.map((line) => ` * ${line}\n`).join("")} */\n`;
}

/** The codec of a single value of the field, or undefined for a message. */
function codecOf(field: protobuf.Field): Codec | undefined {
  return field.resolvedType instanceof protobuf.Enum
    ? SCALARS.int32
    : SCALARS[field.type];
}

function valueType(field: protobuf.Field): string {
  return codecOf(field)?.type ?? typeName(field.resolvedType!);
}

/** The oneof of a field, other than the one protobuf makes for `optional`. */
function oneofOf(field: protobuf.Field): protobuf.OneOf | undefined {
  return field.partOf && !field.partOf.isProto3Optional
    ? field.partOf
    : undefined;
}

function isOptional(field: protobuf.Field): boolean {
  return codecOf(field) === undefined || field.partOf !== null;
}

function tagOf(field: protobuf.Field, wireType: number): number {
  return field.id * 8 + wireType;
}

/** Statement that writes one value, whatever it is. */
function writeValue(field: protobuf.Field, value: string): string {
  const codec = codecOf(field);
  return codec
    ? `writer.uint32(${tagOf(field, codec.wireType)}).${codec.write(value)};`
    : `encode${typeName(field.resolvedType!)}(${value}, writer.uint32(${
      tagOf(field, 2)
    }).fork()).ldelim();`;
}

/** Expression that reads one value; a message is merged with `earlier`. */
function readValue(field: protobuf.Field, earlier?: string): string {
  return codecOf(field)?.read ??
    `reader.message(tag, decode${typeName(field.resolvedType!)}${
      earlier ? `, ${earlier}` : ""
    })`;
}

/** The message that an entry of a map is on the wire. */
function entryOf(field: protobuf.MapField): protobuf.Type {
  const entry = new protobuf.Type(
    `${field.name[0]!.toUpperCase()}${field.name.slice(1)}Entry`,
  );
  const value = new protobuf.Field("value", 2, field.type);
  entry.add(new protobuf.Field("key", 1, field.keyType)).add(value);
  value.resolvedType = field.resolvedType;
  value.resolved = true;
  entry.parent = field.parent;
  return entry;
}

/** A member of the interface: a field, or a oneof with all of its fields. */
interface Member {
  readonly name: string;
  readonly comment: string | null;
  readonly type: string;
  readonly initial: string;
  /** Statement that writes it. */
  readonly encode: string;
  /** What is done for the tag of each of its fields. */
  readonly cases: readonly (readonly [id: number, statement: string])[];
}

function fieldMember(field: protobuf.Field): Member {
  const { name, comment } = field;
  const access = `message.${name}`;
  const codec = codecOf(field);
  const type = valueType(field);
  if (field instanceof protobuf.MapField) {
    const entry = entryOf(field);
    const value = isOptional(entry.get("value") as protobuf.Field)
      ? `entry.value ?? create${type}()`
      : "entry.value";
    return {
      name,
      comment,
      type: `Map<${SCALARS[field.keyType]!.type}, ${type}>`,
      initial: "new Map()",
      encode: `for (const [key, value] of ${access}) {
        encode${typeName(entry)}({ key, value }, writer.uint32(${
        tagOf(field, 2)
      }).fork()).ldelim();
      }`,
      cases: [[
        field.id,
        `{ reader.element();
        const entry = reader.message(tag, decode${typeName(entry)});
        ${access}.set(entry.key, ${value}); break; }`,
      ]],
    };
  }
  if (field.repeated) {
    const packable = codec !== undefined && codec.wireType !== 2;
    return {
      name,
      comment,
      type: `${type}[]`,
      initial: "[]",
      encode: packable && field.packed
        ? `if (${access}.length > 0) {
          writer.uint32(${tagOf(field, 2)}).fork();
          for (const value of ${access}) writer.${codec.write("value")};
          writer.ldelim();
        }`
        : `for (const value of ${access}) { ${writeValue(field, "value")} }`,
      cases: [[
        field.id,
        packable
          ? `reader.packed(tag, ${codec.wireType}, (tag) => {
            reader.element(); ${access}.push(${readValue(field)});
          }); break;`
          : `reader.element(); ${access}.push(${readValue(field)}); break;`,
      ]],
    };
  }
  const optional = isOptional(field);
  return {
    name,
    comment,
    type: optional ? `${type} | undefined` : type,
    initial: optional ? "undefined" : codec!.initial,
    encode: `if (${
      optional ? `${access} !== undefined` : codec!.isSet(access)
    }) { ${writeValue(field, access)} }`,
    cases: [[field.id, `${access} = ${readValue(field, access)}; break;`]],
  };
}

/** A oneof is a union of pairs: the last field on the wire wins by itself. */
function oneofMember(oneof: protobuf.OneOf): Member {
  const { name, comment } = oneof;
  const access = `message.${name}`;
  const choices = oneof.fieldsArray.map((field) =>
    `${doc(field.comment)}| { readonly case: "${field.name}"; readonly value: ${
      valueType(field)
    } }`
  );
  return {
    name,
    comment,
    type: `${choices.join("\n")} | undefined`,
    initial: "undefined",
    encode: `switch (${access}?.case) { ${
      oneof.fieldsArray.map((field) =>
        `case "${field.name}": ${writeValue(field, `${access}.value`)} break;`
      ).join("\n")
    } }`,
    cases: oneof.fieldsArray.map((field) => {
      const earlier =
        `${access}?.case === "${field.name}" ? ${access}.value : undefined`;
      return [
        field.id,
        `${access} = { case: "${field.name}", value: ${
          readValue(field, earlier)
        } }; break;`,
      ];
    }),
  };
}

function membersOf(type: protobuf.Type): Member[] {
  const members = new Map<unknown, Member>();
  for (const field of type.fieldsArray) {
    field.resolve();
    const oneof = oneofOf(field);
    if (!members.has(oneof ?? field)) {
      members.set(
        oneof ?? field,
        oneof ? oneofMember(oneof) : fieldMember(field),
      );
    }
  }
  return [...members.values()];
}

/** The declarations of one message; entries of maps are not exported. */
function emitMessage(type: protobuf.Type, exported: boolean): string {
  const name = typeName(type);
  const members = membersOf(type);
  const declare = (comment: string, code: string) =>
    exported ? `${doc(comment)}export ${code}` : code;
  const join = (part: (member: Member) => string, separator: string) =>
    members.map(part).join(separator);
  if (members.length === 0) return emitEmptyMessage(type);
  return [
    declare(
      type.comment ?? name,
      `interface ${name} { ${
        join(
          (m) => `${exported ? doc(m.comment) : ""}${m.name}: ${m.type};`,
          "\n",
        )
      } }`,
    ),
    declare(
      `Makes ${name} with every field at its default.`,
      `function create${name}(): ${name} {
        return { ${join((m) => `${m.name}: ${m.initial}`, ", ")} };
      }`,
    ),
    declare(
      `Writes ${name}; fields at their defaults are left out, unknown ones are not.`,
      `function encode${name}(
        message: ${name}, writer: Writer = createWriter()
      ): Writer { ${join((m) => m.encode, "\n")} ${
        exported ? "writeUnknown(message, writer);" : ""
      } return writer; }`,
    ),
    declare(
      `Reads ${name} into \`message\`, as protobuf merges; bytes are views.`,
      `function decode${name}(
        input: Uint8Array | WireReader, message: ${name} = create${name}()
      ): ${name} {
        const reader = WireReader.of(input);
        for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
          switch (tag >>> 3) { ${
        members.flatMap((member) => member.cases).map(([id, statement]) =>
          `case ${id}: ${statement}\n`
        ).join("")
      } default: reader.${exported ? "keep(tag, message)" : "skip(tag)"}; }
        }
        return message;
      }`,
    ),
  ].join("\n\n");
}

function emitEmptyMessage(type: protobuf.Type): string {
  const name = typeName(type);
  return `${doc(type.comment ?? name)}export type ${name} =
      Record<string, never>;

    /** Writes ${name}, which has no fields. */
    export function encode${name}(
      _message: ${name}, writer: Writer = createWriter()
    ): Writer { return writer; }

    /** Reads ${name}; unknown fields are skipped. */
    export function decode${name}(input: Uint8Array | WireReader): ${name} {
      const reader = WireReader.of(input);
      for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
        reader.skip(tag);
      }
      return {};
    }`;
}

function emitEnum(type: protobuf.Enum): string {
  const values = Object.entries(type.values).map(([name, value]) =>
    `${doc(type.comments[name])}${name}: ${value},`
  );
  return `${doc(type.comment ?? type.name)}export const ${typeName(type)} = { ${
    values.join("\n")
  } } as const;`;
}

/**
 * Generates all that a message or enum becomes, with what is inside it first.
 *
 * @param object The message or enum, resolved; anything else gives nothing.
 * @returns TypeScript without imports, not formatted.
 */
export function emit(object: protobuf.ReflectionObject): string {
  if (object instanceof protobuf.Enum) return emitEnum(object);
  if (!(object instanceof protobuf.Type)) return "";
  const entries = object.fieldsArray
    .filter((field) => field instanceof protobuf.MapField)
    .map((field) => emitMessage(entryOf(field), false));
  return [
    ...object.nestedArray.map(emit),
    emitMessage(object, true),
    ...entries,
  ].join("\n\n");
}
