/** Server reflection, grpc.reflection: clients ask which services and messages there are. */

import { decodeBase64 } from "../base/base64.ts";
import { mapSource, toSource } from "../base/source.ts";
import { streamOf } from "../base/source_stream.ts";
import {
  FLIGHT_ERROR_CODES,
  type FlightErrorCode,
} from "../core/flight_error.ts";
import { FLIGHT_SERVICE_NAME } from "../protocol/methods.ts";
import type { FileDescriptor } from "../protocol/services/file_descriptor.ts";
import {
  type ReflectionAnswer,
  type ReflectionQuestion,
  reflectionRequestCodec,
  reflectionResponseCodec,
} from "../protocol/services/reflection.ts";
import { FILE_DESCRIPTORS } from "../../proto/file_descriptors.ts";
import { DescriptorIndex } from "./descriptor_index.ts";
import type { GrpcService } from "./grpc_service.ts";

/** The versions; their messages are the same, and older clients ask for v1alpha. */
const VERSIONS = ["v1", "v1alpha"] as const;

/**
 * Makes the services that describe a server: Flight, `services`, and themselves.
 *
 * @param services The further services of the server.
 * @returns A service for each version of the protocol.
 * @throws {TypeError} When a service has a malformed file descriptor.
 */
export function reflectionServices(
  services: readonly GrpcService[],
): GrpcService[] {
  const files = new DescriptorIndex();
  const names = [FLIGHT_SERVICE_NAME];
  for (
    const bytes of ownFiles("google/protobuf/timestamp.proto", "Flight.proto")
  ) {
    files.add(bytes);
  }
  const own = VERSIONS.map((version): GrpcService => ({
    name: `grpc.reflection.${version}.ServerReflection`,
    methods: {
      ServerReflectionInfo: (requests) =>
        streamOf(
          mapSource(
            toSource(requests),
            (bytes) => respond(bytes, files, names),
          ),
        ),
    },
    fileDescriptors: ownFiles(`grpc/reflection/${version}/reflection.proto`),
  }));
  for (const service of [...services, ...own]) {
    names.push(service.name);
    addFiles(files, service);
  }
  names.sort();
  return own;
}

function ownFiles(...names: (keyof typeof FILE_DESCRIPTORS)[]): Uint8Array[] {
  return names.map((name) => decodeBase64(FILE_DESCRIPTORS[name]));
}

function addFiles(
  files: DescriptorIndex,
  { name, fileDescriptors = [] }: GrpcService,
): void {
  for (const [index, bytes] of fileDescriptors.entries()) {
    try {
      files.add(bytes);
    } catch (cause) {
      throw new TypeError(
        `Cannot use option services: fileDescriptors[${index}] of ${name} is malformed`,
        { cause },
      );
    }
  }
}

function respond(
  bytes: Uint8Array,
  files: DescriptorIndex,
  names: readonly string[],
): Uint8Array {
  const request = reflectionRequestCodec.decode(bytes);
  const { messageRequest: question } = request;
  return reflectionResponseCodec.encode({
    validHost: request.host,
    originalRequest: request,
    messageResponse: question === undefined
      ? errorAnswer("INVALID_ARGUMENT", "the request asks nothing")
      : answer(question, files, names),
  });
}

function answer(
  question: ReflectionQuestion,
  files: DescriptorIndex,
  names: readonly string[],
): ReflectionAnswer {
  switch (question.case) {
    case "listServices":
      return {
        case: "listServicesResponse",
        value: { service: names.map((name) => ({ name })) },
      };
    case "fileByFilename":
      return fileAnswer(files, files.named(question.value), "file");
    case "fileContainingSymbol":
      return fileAnswer(files, files.declaring(question.value), "symbol");
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = question.value;
      const file = files.extending(containingType, extensionNumber);
      return fileAnswer(files, file, "extension");
    }
    case "allExtensionNumbersOfType": {
      const { value: baseTypeName } = question;
      const extensionNumber = files.extensionNumbers(baseTypeName);
      return extensionNumber.length > 0 || files.declaring(baseTypeName)
        ? {
          case: "allExtensionNumbersResponse",
          value: { baseTypeName, extensionNumber },
        }
        : errorAnswer("NOT_FOUND", "unknown message");
    }
  }
}

function fileAnswer(
  files: DescriptorIndex,
  file: FileDescriptor | undefined,
  what: string,
): ReflectionAnswer {
  return file === undefined
    // The response repeats the request, so this need not say which.
    ? errorAnswer("NOT_FOUND", `unknown ${what}`)
    : {
      case: "fileDescriptorResponse",
      value: { fileDescriptorProto: files.withDependencies(file) },
    };
}

/** The call goes on after it: the status is that of one question. */
function errorAnswer(
  code: FlightErrorCode,
  errorMessage: string,
): ReflectionAnswer {
  return {
    case: "errorResponse",
    value: { errorCode: FLIGHT_ERROR_CODES[code], errorMessage },
  };
}
