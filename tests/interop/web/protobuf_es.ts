/**
 * The part of `@bufbuild/protobuf` that is used: messages of Flight without generated code.
 *
 * @module
 */
import { createRequire } from "node:module";
import { decodeBase64 } from "../../../internal/base/base64.ts";
import { FILE_DESCRIPTORS } from "../../../proto/file_descriptors.ts";
import { SERVICE } from "./web_cases.ts";

/** A message with its fields. */
// deno-lint-ignore no-explicit-any -- the shape is in the descriptors alone
export type Message = any;

/** A type of messages. */
export interface MessageType {
  /** Full name. */
  readonly typeName: string;
}

/** A method. */
export interface Method {
  /** As in the `.proto` file. */
  readonly name: string;
  /** Type of the request. */
  readonly input: MessageType;
  /** Type of the responses. */
  readonly output: MessageType;
}

/** The service. */
export interface Service {
  /** Its methods by their names in JavaScript. */
  readonly method: Readonly<Record<string, Method>>;
}

/** The package. */
export interface ProtobufEs {
  /** Makes a message. */
  create(type: MessageType, fields: object): Message;
  /** Encodes it. */
  toBinary(type: MessageType, message: Message): Uint8Array;
  /** Decodes it. */
  fromBinary(type: MessageType, bytes: Uint8Array): Message;
  /** Reads descriptors. */
  createFileRegistry(files: Message): {
    getService(name: string): Service;
    getMessage(name: string): MessageType;
  };
}

/** Loads a package that was installed in a folder. */
export function loadPackage<T>(folder: string, name: string): T {
  return createRequire(`${folder}/package.json`)(name);
}

/** Loads the package, and the descriptors of Flight with it. */
export function loadProtobufEs(
  folder: string,
): { readonly protobuf: ProtobufEs; readonly service: Service } {
  const protobuf = loadPackage<ProtobufEs>(folder, "@bufbuild/protobuf");
  const { FileDescriptorSetSchema } = loadPackage<
    { FileDescriptorSetSchema: MessageType }
  >(folder, "@bufbuild/protobuf/wkt");
  // A FileDescriptorSet has its files in field 1.
  const files = Object.values(FILE_DESCRIPTORS).flatMap((text) => {
    const bytes = decodeBase64(text);
    return [0x0a, ...varint(bytes.length), ...bytes];
  });
  const set = protobuf.fromBinary(
    FileDescriptorSetSchema,
    Uint8Array.from(files),
  );
  return {
    protobuf,
    service: protobuf.createFileRegistry(set).getService(SERVICE),
  };
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [value & 0x7f | 0x80, ...varint(value >>> 7)];
}
