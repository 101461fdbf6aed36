/** Calls of services whose messages protobufjs encodes and decodes, by the .proto files. */

import { readFileSync } from "node:fs";
import protobuf from "protobufjs";
import type { FlightCallOptions } from "@contrail/flight";
import type { FlightClient } from "@contrail/flight/memory";

const root = new protobuf.Root();
for (
  const name of [
    "grpc/health/v1/health.proto",
    "grpc/reflection/v1/reflection.proto",
    "grpc/reflection/v1alpha/reflection.proto",
  ]
) {
  const url = new URL(`../../proto/${name}`, import.meta.url);
  protobuf.parse(readFileSync(url, "utf8"), root);
}
root.resolveAll();

/** A message as a plain object; enums are names. */
export type Plain = Record<string, unknown>;

/** Codecs of a method. */
export interface ProtoMethod {
  encode(request: Plain): Uint8Array;
  decode(response: Uint8Array): Plain;
}

/** The codec of a method, such as `grpc.health.v1.Health/Check`. */
export function protoMethod(name: string): ProtoMethod {
  const [service, method] = name.split("/");
  const { resolvedRequestType: request, resolvedResponseType: response } = root
    .lookupService(service!).methods[method!]!;
  return {
    encode: (plain) =>
      new Uint8Array(request!.encode(request!.fromObject(plain)).finish()),
    decode: (bytes) =>
      response!.toObject(response!.decode(bytes), {
        enums: String,
        longs: String,
        defaults: true,
        oneofs: true,
      }),
  };
}

/** Calls a method with the given requests. */
export function protoCall(
  client: FlightClient,
  name: string,
  requests: readonly Plain[],
  options?: FlightCallOptions,
): ReadableStream<Plain> {
  const { encode, decode } = protoMethod(name);
  return client.call(name, requests.map(encode), options).pipeThrough(
    new TransformStream(
      {
        transform: (bytes, controller) => controller.enqueue(decode(bytes)),
      },
      undefined,
      { highWaterMark: 0 },
    ),
  );
}
