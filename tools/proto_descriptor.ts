/**
 * Makes the FileDescriptorProtos of .proto files, like protoc, for server
 * reflection. See compile_proto.ts.
 *
 * @module
 */

import protobuf from "protobufjs";
import descriptorJson from "protobufjs/google/protobuf/descriptor.json" with {
  type: "json",
};

/** A .proto file. */
export interface ProtoFile {
  /** Its name, as other files import it. */
  readonly name: string;
  /** Its contents. */
  readonly text: string;
}

/** A message as `Type.fromObject` takes it. */
type Fields = Record<string, unknown>;

const FILE_DESCRIPTOR_PROTO = protobuf.Root.fromJSON(descriptorJson)
  .lookupType("google.protobuf.FileDescriptorProto");

/** FieldDescriptorProto.Type. */
const TYPES: Readonly<Record<string, number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
};
const MESSAGE_TYPE = 11;
const ENUM_TYPE = 14;

/** FieldDescriptorProto.Label. */
const OPTIONAL = 1;
const REPEATED = 3;

/**
 * Describes files of proto3.
 *
 * @param files The files, each after those that it imports.
 * @returns The encoded FileDescriptorProto of each, by name.
 * @throws {Error} When a file has a feature that would be lost.
 */
export function describeFiles(
  files: readonly ProtoFile[],
): Map<string, Uint8Array> {
  // One root of its own: names must stay as they are written.
  const root = new protobuf.Root();
  const parsed = files.map(({ name, text }) => {
    const { package: packageName, imports = [], weakImports } = protobuf.parse(
      text,
      root,
      { keepCase: true },
    );
    if (!packageName) refuse(name, "no package");
    if (weakImports) refuse(name, "weak imports");
    const namespace = root.lookup(packageName) as protobuf.Namespace;
    checkOptions(namespace);
    checkOptions(root);
    const own = namespace.nestedArray.filter(({ filename }) =>
      filename === null
    );
    for (const object of own) object.filename = name;
    return { name, package: packageName, dependency: imports, own };
  });
  root.resolveAll();
  return new Map(parsed.map(({ own, ...file }) => [
    file.name,
    new Uint8Array(
      FILE_DESCRIPTOR_PROTO.encode(FILE_DESCRIPTOR_PROTO.fromObject({
        ...file,
        ...describeNested(own),
        service: own.filter((object) => object instanceof protobuf.Service)
          .map(describeService),
        syntax: "proto3",
      })).finish(),
    ),
  ]));
}

function refuse(name: string, what: string): never {
  throw new Error(`${name} has what tools/proto_descriptor.ts cannot: ${what}`);
}

/** Messages and enums; those of a file and those inside a message. */
function describeNested(
  objects: readonly protobuf.ReflectionObject[],
): { messageType: Fields[]; enumType: Fields[] } {
  const known = [protobuf.Type, protobuf.Enum, protobuf.Service];
  for (const object of objects) {
    if (!known.some((kind) => object instanceof kind)) {
      refuse(object.fullName, object.constructor.name);
    }
  }
  return {
    messageType: objects.filter((object) => object instanceof protobuf.Type)
      .map(describeMessage),
    enumType: objects.filter((object) => object instanceof protobuf.Enum)
      .map(describeEnum),
  };
}

function describeMessage(type: protobuf.Type): Fields {
  if (type.reserved?.length || type.extensions?.length) {
    refuse(type.fullName, "reserved names or numbers, or extensions");
  }
  checkOptions(type);
  // The oneofs of `optional` come after all others.
  const oneofs = type.oneofsArray.toSorted((a, b) =>
    Number(a.isProto3Optional) - Number(b.isProto3Optional)
  );
  const { messageType, enumType } = describeNested(type.nestedArray);
  const maps = type.fieldsArray
    .filter((field) => field instanceof protobuf.MapField);
  return {
    name: type.name,
    field: type.fieldsArray.map((field) => describeField(field, oneofs)),
    nestedType: [...messageType, ...maps.map(describeEntry)],
    enumType,
    oneofDecl: oneofs.map(({ name }) => ({ name })),
  };
}

function describeField(
  field: protobuf.Field,
  oneofs: readonly protobuf.OneOf[] = [],
): Fields {
  checkOptions(field, "packed", "proto3_optional");
  const isMap = field instanceof protobuf.MapField;
  return {
    name: field.name,
    number: field.id,
    label: field.repeated || isMap ? REPEATED : OPTIONAL,
    ...(isMap
      ? {
        type: MESSAGE_TYPE,
        typeName: `${field.parent!.fullName}.${entryName(field)}`,
      }
      : describeType(field)),
    ...(field.partOf && {
      oneofIndex: oneofs.indexOf(field.partOf),
      proto3Optional: field.partOf.isProto3Optional || undefined,
    }),
    jsonName: jsonName(field.name),
    ...(field.options?.packed !== undefined &&
      { options: { packed: field.options.packed } }),
  };
}

function describeType(
  { type, resolvedType }: protobuf.FieldBase,
): Fields {
  return resolvedType === null ? { type: TYPES[type] } : {
    type: resolvedType instanceof protobuf.Enum ? ENUM_TYPE : MESSAGE_TYPE,
    typeName: resolvedType.fullName,
  };
}

/** The message that an entry of a map is. */
function describeEntry(field: protobuf.MapField): Fields {
  const part = (name: string, number: number, type: Fields): Fields => ({
    name,
    number,
    label: OPTIONAL,
    ...type,
    jsonName: name,
  });
  return {
    name: entryName(field),
    field: [
      part("key", 1, { type: TYPES[field.keyType] }),
      part("value", 2, describeType(field)),
    ],
    options: { mapEntry: true },
  };
}

function describeEnum(type: protobuf.Enum): Fields {
  checkOptions(type);
  return {
    name: type.name,
    value: Object.entries(type.values)
      .map(([name, number]) => ({ name, number })),
  };
}

function describeService(service: protobuf.Service): Fields {
  checkOptions(service);
  return {
    name: service.name,
    method: service.methodsArray.map((method) => {
      checkOptions(method);
      return {
        name: method.name,
        inputType: method.resolvedRequestType!.fullName,
        outputType: method.resolvedResponseType!.fullName,
        clientStreaming: method.requestStream || undefined,
        serverStreaming: method.responseStream || undefined,
      };
    }),
  };
}

/** Rejects options that would otherwise be lost silently. */
function checkOptions(
  { fullName, options }: protobuf.ReflectionObject,
  ...known: readonly string[]
): void {
  const unknown = Object.keys(options ?? {})
    .filter((name) => !known.includes(name));
  if (unknown.length > 0) refuse(fullName, `option ${unknown.join(", ")}`);
}

/** Converts a name for JSON: `session_options` becomes `sessionOptions`. */
function jsonName(name: string): string {
  return name.replace(/_+(.?)/g, (_, letter) => letter.toUpperCase());
}

/**
 * Names the entry of a map: that of `session_options` is `SessionOptionsEntry`.
 */
function entryName({ name }: protobuf.FieldBase): string {
  return `${jsonName(`_${name}`)}Entry`;
}
