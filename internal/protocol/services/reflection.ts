/**
 * grpc/reflection/v1/reflection.proto: the messages of server reflection. Those of v1alpha are the
 * same on the wire.
 */

import { field, oneof, optional, repeated } from "../../message/fields.ts";
import { message, type MessageType } from "../../message/message.ts";
import { bytes, int32, string } from "../../message/scalars.ts";

/** The package of the messages. */
const PACKAGE = "grpc.reflection.v1";

/** Names an extension of a message. */
export interface ExtensionRequest {
  /** Full name of the message. */
  readonly containingType: string;
  /** Number of the field. */
  readonly extensionNumber: number;
}

/** The codec of {@linkcode ExtensionRequest}. */
export const extensionRequestCodec: MessageType<ExtensionRequest> = message(
  `${PACKAGE}.ExtensionRequest`,
  { containingType: field(1, string), extensionNumber: field(2, int32) },
);

/** The question of a client. */
export type ReflectionQuestion =
  | {
    readonly case:
      | "fileByFilename"
      | "fileContainingSymbol"
      | "allExtensionNumbersOfType"
      | "listServices";
    readonly value: string;
  }
  | {
    readonly case: "fileContainingExtension";
    readonly value: ExtensionRequest;
  };

/** A request: a question. */
export interface ReflectionRequest {
  /** The host that is asked. */
  readonly host: string;
  /** The question. */
  readonly messageRequest?: ReflectionQuestion | undefined;
}

/** The codec of {@linkcode ReflectionRequest}. */
export const reflectionRequestCodec: MessageType<ReflectionRequest> = message(
  `${PACKAGE}.ServerReflectionRequest`,
  {
    host: field(1, string),
    messageRequest: oneof({
      fileByFilename: [3, string],
      fileContainingSymbol: [4, string],
      fileContainingExtension: [5, extensionRequestCodec],
      allExtensionNumbersOfType: [6, string],
      listServices: [7, string],
    }),
  },
);

/** Files: the one that was asked for, and those that it imports. */
export interface FileDescriptorResponse {
  /** A FileDescriptorProto for each. */
  readonly fileDescriptorProto: readonly Uint8Array[];
}

/** The codec of {@linkcode FileDescriptorResponse}. */
export const fileDescriptorResponseCodec: MessageType<FileDescriptorResponse> =
  message(`${PACKAGE}.FileDescriptorResponse`, {
    fileDescriptorProto: repeated(1, bytes),
  });

/** The extensions of a message. */
export interface ExtensionNumberResponse {
  /** Full name of the message. */
  readonly baseTypeName: string;
  /** Number of each. */
  readonly extensionNumber: readonly number[];
}

/** The codec of {@linkcode ExtensionNumberResponse}. */
export const extensionNumberResponseCodec: MessageType<
  ExtensionNumberResponse
> = message(`${PACKAGE}.ExtensionNumberResponse`, {
  baseTypeName: field(1, string),
  extensionNumber: repeated(2, int32),
});

/** A service of the server. */
export interface ServiceResponse {
  /** Its full name. */
  readonly name: string;
}

/** The codec of {@linkcode ServiceResponse}. */
export const serviceResponseCodec: MessageType<ServiceResponse> = message(
  `${PACKAGE}.ServiceResponse`,
  { name: field(1, string) },
);

/** The services of the server. */
export interface ListServiceResponse {
  /** All of them. */
  readonly service: readonly ServiceResponse[];
}

/** The codec of {@linkcode ListServiceResponse}. */
export const listServiceResponseCodec: MessageType<ListServiceResponse> =
  message(`${PACKAGE}.ListServiceResponse`, {
    service: repeated(1, serviceResponseCodec),
  });

/** The failure of one question. */
export interface ErrorResponse {
  /** The code of a gRPC status. */
  readonly errorCode: number;
  /** The reason. */
  readonly errorMessage: string;
}

/** The codec of {@linkcode ErrorResponse}. */
export const errorResponseCodec: MessageType<ErrorResponse> = message(
  `${PACKAGE}.ErrorResponse`,
  { errorCode: field(1, int32), errorMessage: field(2, string) },
);

/** The answer to a question. */
export type ReflectionAnswer =
  | {
    readonly case: "fileDescriptorResponse";
    readonly value: FileDescriptorResponse;
  }
  | {
    readonly case: "allExtensionNumbersResponse";
    readonly value: ExtensionNumberResponse;
  }
  | {
    readonly case: "listServicesResponse";
    readonly value: ListServiceResponse;
  }
  | { readonly case: "errorResponse"; readonly value: ErrorResponse };

/** A response: an answer, and the request. */
export interface ReflectionResponse {
  /** The host that was asked. */
  readonly validHost: string;
  /** The request. */
  readonly originalRequest?: ReflectionRequest | undefined;
  /** The answer. */
  readonly messageResponse?: ReflectionAnswer | undefined;
}

/** The codec of {@linkcode ReflectionResponse}. */
export const reflectionResponseCodec: MessageType<ReflectionResponse> = message(
  `${PACKAGE}.ServerReflectionResponse`,
  {
    validHost: field(1, string),
    originalRequest: optional(2, reflectionRequestCodec),
    messageResponse: oneof({
      fileDescriptorResponse: [4, fileDescriptorResponseCodec],
      allExtensionNumbersResponse: [5, extensionNumberResponseCodec],
      listServicesResponse: [6, listServiceResponseCodec],
      errorResponse: [7, errorResponseCodec],
    }),
  },
);
