/**
 * google/protobuf/descriptor.proto: the parts that tell which symbols a file declares. All else is
 * unknown here.
 */

import { field, repeated } from "../../message/fields.ts";
import {
  lazyMessage,
  message,
  type MessageType,
} from "../../message/message.ts";
import { int32, string } from "../../message/scalars.ts";

/** A declaration that is only its name: a oneof, the value of an enum, or a method. */
export interface NamedProto {
  /** Its name. */
  readonly name: string;
}

const NAME = { name: field(1, string) };

/** The codec of a oneof. */
export const oneofDescriptorProtoCodec: MessageType<NamedProto> = message(
  "google.protobuf.OneofDescriptorProto",
  NAME,
);

/** The codec of a value of an enum. */
export const enumValueDescriptorProtoCodec: MessageType<NamedProto> = message(
  "google.protobuf.EnumValueDescriptorProto",
  NAME,
);

/** The codec of a method. */
export const methodDescriptorProtoCodec: MessageType<NamedProto> = message(
  "google.protobuf.MethodDescriptorProto",
  NAME,
);

/** A field or an extension. */
export interface FieldDescriptorProto {
  /** Its name. */
  readonly name: string;
  /** Name of the message that an extension extends; empty for a field. */
  readonly extendee: string;
  /** Its number. */
  readonly number: number;
}

/** The codec of {@linkcode FieldDescriptorProto}. */
export const fieldDescriptorProtoCodec: MessageType<FieldDescriptorProto> =
  message("google.protobuf.FieldDescriptorProto", {
    name: field(1, string),
    extendee: field(2, string),
    number: field(3, int32),
  });

/** An enum. */
export interface EnumDescriptorProto {
  /** Its name. */
  readonly name: string;
  /** Its values. */
  readonly value: readonly NamedProto[];
}

/** The codec of {@linkcode EnumDescriptorProto}. */
export const enumDescriptorProtoCodec: MessageType<EnumDescriptorProto> =
  message("google.protobuf.EnumDescriptorProto", {
    name: field(1, string),
    value: repeated(2, enumValueDescriptorProtoCodec),
  });

/** A service. */
export interface ServiceDescriptorProto {
  /** Its name. */
  readonly name: string;
  /** Its methods. */
  readonly method: readonly NamedProto[];
}

/** The codec of {@linkcode ServiceDescriptorProto}. */
export const serviceDescriptorProtoCodec: MessageType<ServiceDescriptorProto> =
  message("google.protobuf.ServiceDescriptorProto", {
    name: field(1, string),
    method: repeated(2, methodDescriptorProtoCodec),
  });

/** A message. */
export interface DescriptorProto {
  /** Its name. */
  readonly name: string;
  /** Its fields. */
  readonly field: readonly FieldDescriptorProto[];
  /** The messages in it. */
  readonly nestedType: readonly DescriptorProto[];
  /** The enums in it. */
  readonly enumType: readonly EnumDescriptorProto[];
  /** The extensions that are declared in it. */
  readonly extension: readonly FieldDescriptorProto[];
  /** Its oneofs. */
  readonly oneofDecl: readonly NamedProto[];
}

/** The codec of {@linkcode DescriptorProto}. */
export const descriptorProtoCodec: MessageType<DescriptorProto> = message(
  "google.protobuf.DescriptorProto",
  {
    name: field(1, string),
    field: repeated(2, fieldDescriptorProtoCodec),
    nestedType: repeated(
      3,
      lazyMessage(
        "google.protobuf.DescriptorProto",
        (): MessageType<DescriptorProto> => descriptorProtoCodec,
      ),
    ),
    enumType: repeated(4, enumDescriptorProtoCodec),
    extension: repeated(6, fieldDescriptorProtoCodec),
    oneofDecl: repeated(8, oneofDescriptorProtoCodec),
  },
);

/** A .proto file. */
export interface FileDescriptorProto {
  /** Its name. */
  readonly name: string;
  /** Its package; empty for none. */
  readonly package: string;
  /** Names of the files that it imports. */
  readonly dependency: readonly string[];
  /** Its messages. */
  readonly messageType: readonly DescriptorProto[];
  /** Its enums. */
  readonly enumType: readonly EnumDescriptorProto[];
  /** Its services. */
  readonly service: readonly ServiceDescriptorProto[];
  /** Its extensions. */
  readonly extension: readonly FieldDescriptorProto[];
}

/** The codec of {@linkcode FileDescriptorProto}. */
export const fileDescriptorProtoCodec: MessageType<FileDescriptorProto> =
  message("google.protobuf.FileDescriptorProto", {
    name: field(1, string),
    package: field(2, string),
    dependency: repeated(3, string),
    messageType: repeated(4, descriptorProtoCodec),
    enumType: repeated(5, enumDescriptorProtoCodec),
    service: repeated(6, serviceDescriptorProtoCodec),
    extension: repeated(7, fieldDescriptorProtoCodec),
  });
