/** gRPC services beside Flight, on the same port. */

import { type Iterables, toSource } from "../base/source.ts";
import { FLIGHT_SERVICE_NAME } from "../protocol/methods.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import type { Awaitable } from "./flight_service.ts";
import { onlyRequest } from "./flight_methods.ts";

/**
 * Answers the calls of one method, in bytes: the messages are those of the protocol, encoded by
 * protobuf or by another format on which the service and its clients agree.
 *
 * It behaves like a Flight handler. It fails by throwing: a FlightError reaches the client as it
 * is, any other error as UNKNOWN with a fixed text, and the original goes to `onError`. The
 * returned data is read only as fast as the client reads, and canceled when the call ends early.
 *
 * @param requests The requests, read only as fast as the handler reads; they end with the client's
 * half-close. A unary call has exactly one.
 * @param context The call.
 * @returns The answers; none if it returns nothing. A unary call has exactly one.
 */
export type GrpcMethod = (
  requests: ReadableStream<Uint8Array>,
  context: FlightCallContext,
) => Awaitable<Iterables<Uint8Array> | void>;

/** gRPC service in addition to Flight. Missing methods answer UNIMPLEMENTED. */
export interface GrpcService {
  /** Full name, with the package before it, such as `grpc.health.v1.Health`. */
  readonly name: string;
  /** Its methods, by their names in the `.proto` file, such as `Check`. */
  readonly methods: Readonly<Record<string, GrpcMethod>>;
  /**
   * The `.proto` file of the service, and those that it imports, for server reflection: each an
   * encoded `google.protobuf.FileDescriptorProto`. None by default: reflection then knows no more of
   * the service than its name.
   */
  readonly fileDescriptors?: readonly Uint8Array[] | undefined;
  /**
   * Called when the server begins to shut down, before it refuses calls. Endless streams should end
   * now, because the server waits for them. `shutdown()` waits for a promise that it returns, and
   * rejects with an error of either.
   *
   * @returns Nothing, or a promise where it takes time.
   */
  onShutdown?(): Awaitable<void>;
}

/**
 * Makes a method of one request and one response.
 *
 * @param handle Answers the request.
 * @returns The method; a call with none or several requests fails with UNIMPLEMENTED.
 *
 * @example
 * ```ts
 * import { type GrpcService, unaryMethod } from "@contrail/flight";
 *
 * const echo: GrpcService = {
 *   name: "example.Echo",
 *   methods: { Echo: unaryMethod((request) => request) },
 * };
 * ```
 */
export function unaryMethod(
  handle: (
    request: Uint8Array,
    context: FlightCallContext,
  ) => Awaitable<Uint8Array>,
): GrpcMethod {
  return oneRequestMethod(async (request, context) => [
    await handle(request, context),
  ]);
}

/** Methods that have one request. */
const ONE_REQUEST = new WeakSet<GrpcMethod>();

/** Makes a method of one request and any number of responses. */
export function oneRequestMethod(
  handle: (
    request: Uint8Array,
    context: FlightCallContext,
  ) => Awaitable<Iterables<Uint8Array>>,
): GrpcMethod {
  const method: GrpcMethod = async (requests, context) =>
    await handle(await onlyRequest(toSource(requests)), context);
  ONE_REQUEST.add(method);
  return method;
}

/** Reports whether a method was made by {@linkcode oneRequestMethod} or {@linkcode unaryMethod}. */
export function takesOneRequest(method: GrpcMethod): boolean {
  return ONE_REQUEST.has(method);
}

/** Names as protobuf has them. */
const METHOD_NAME = /^[A-Za-z_]\w*$/;
const SERVICE_NAME = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;

/**
 * The value of the option `services`.
 *
 * @param value What the option was given.
 * @returns The services.
 * @throws {TypeError} When it is not an array of services, or one of them cannot be served.
 */
export function servicesOption(
  value: readonly GrpcService[] | undefined,
): readonly GrpcService[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) refuse("it is not an array");
  const names = new Set([FLIGHT_SERVICE_NAME]);
  for (const [index, service] of value.entries()) {
    checkService(service, `element ${index}`);
    if (names.has(service.name)) refuse(`${service.name} is there twice`);
    names.add(service.name);
  }
  return [...value];
}

function refuse(problem: string): never {
  throw new TypeError(`Cannot use option services: ${problem}`);
}

function checkService(service: GrpcService, where: string): void {
  if (typeof service !== "object" || service === null) {
    refuse(`${where} is not an object`);
  }
  const { name, methods, fileDescriptors = [], onShutdown } = service;
  if (typeof name !== "string" || !SERVICE_NAME.test(name)) {
    refuse(`the name of ${where} is not that of a gRPC service`);
  }
  if (typeof methods !== "object" || methods === null) {
    refuse(`the methods of ${name} are not an object`);
  }
  for (const [method, handle] of Object.entries(methods)) {
    if (!METHOD_NAME.test(method)) {
      refuse(`${name} has a method ${JSON.stringify(method)}`);
    }
    if (typeof handle !== "function") {
      refuse(`${name}/${method} is not a function`);
    }
  }
  if (
    !Array.isArray(fileDescriptors) ||
    !fileDescriptors.every((bytes) => bytes instanceof Uint8Array)
  ) refuse(`the fileDescriptors of ${name} are not an array of Uint8Arrays`);
  if (onShutdown !== undefined && typeof onShutdown !== "function") {
    refuse(`onShutdown of ${name} is not a function`);
  }
}
