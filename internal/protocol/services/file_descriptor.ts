/** google/protobuf/descriptor.proto: which symbols a .proto file declares. */

import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  fileDescriptorProtoCodec,
} from "./descriptor.ts";

/** Declarations of a FileDescriptorProto. */
export interface FileDescriptor {
  /** The message as it was given. */
  readonly bytes: Uint8Array;
  /** Name of the file, as others import it. */
  readonly name: string;
  /** Names of the files that it imports. */
  readonly dependencies: readonly string[];
  /** Full names of all that it declares: messages, fields, enums, services, methods and so on. */
  readonly symbols: readonly string[];
  /** The extensions that it declares. */
  readonly extensions: readonly FileExtension[];
}

/** An extension of a message. */
interface FileExtension {
  /** Full name of the message that is extended. */
  readonly extendee: string;
  /** Number of the field. */
  readonly number: number;
}

/**
 * Decodes a FileDescriptorProto.
 *
 * @param bytes The message.
 * @returns What it declares.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeFileDescriptor(bytes: Uint8Array): FileDescriptor {
  const file = fileDescriptorProtoCodec.decode(bytes);
  const scope = file.package === "" ? "" : `${file.package}.`;
  const found: Declarations = { symbols: [], extensions: [] };
  addExtensions(file.extension, scope, found);
  for (const message of file.messageType) addMessage(message, scope, found);
  for (const type of file.enumType) addEnum(type, scope, found);
  for (const { name, method } of file.service) {
    found.symbols.push(`${scope}${name}`);
    addNames(method, `${scope}${name}.`, found);
  }
  return { bytes, name: file.name, dependencies: file.dependency, ...found };
}

interface Declarations {
  readonly symbols: string[];
  readonly extensions: FileExtension[];
}

function addMessage(
  message: DescriptorProto,
  outer: string,
  found: Declarations,
): void {
  found.symbols.push(`${outer}${message.name}`);
  const scope = `${outer}${message.name}.`;
  addNames(message.field, scope, found);
  addNames(message.oneofDecl, scope, found);
  addExtensions(message.extension, scope, found);
  for (const type of message.enumType) addEnum(type, scope, found);
  for (const nested of message.nestedType) addMessage(nested, scope, found);
}

/** The values of an enum are named as if they stood beside it. */
function addEnum(
  { name, value }: EnumDescriptorProto,
  scope: string,
  found: Declarations,
): void {
  found.symbols.push(`${scope}${name}`);
  addNames(value, scope, found);
}

function addExtensions(
  extensions: readonly FieldDescriptorProto[],
  scope: string,
  found: Declarations,
): void {
  addNames(extensions, scope, found);
  for (const { extendee, number } of extensions) {
    found.extensions.push({ extendee: extendee.replace(/^\./, ""), number });
  }
}

function addNames(
  objects: readonly { readonly name: string }[],
  scope: string,
  { symbols }: Declarations,
): void {
  for (const { name } of objects) symbols.push(`${scope}${name}`);
}
