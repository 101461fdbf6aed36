/** Joins a FlightService to the seam: a transport calls what {@linkcode callHandler} returns. */

import { printable, printableError } from "../base/printable.ts";
import type { FlightCallContext } from "../core/call_context.ts";
import { booleanOption, functionOption } from "../core/check_option.ts";
import type { IpcReadOptions, IpcWriteOptions } from "../core/ipc_options.ts";
import { FLIGHT_METHODS } from "../protocol/methods.ts";
import { checkReadOptions, writeSettings } from "../ipc/encode/ipc_settings.ts";
import {
  type FlightInterceptor,
  interceptorsOption,
} from "../interceptors/interceptor.ts";
import type { CallHandler } from "../seam/transport.ts";
import type { FlightService } from "./flight_service.ts";
import { type GrpcService, servicesOption } from "./grpc_service.ts";
import { reflectionServices } from "./reflection.ts";
import { type RequestTimeOptions, requestTimesOf } from "./request_times.ts";
import { routesOf, unknownRoute } from "./routes.ts";
import { answerCall, type ServerPlace } from "./answer_call.ts";

/** Is told of every failure that the client does not get to see. */
export type FlightErrorListener = (
  error: unknown,
  context: FlightCallContext,
) => void;

/** Options of what answers calls, on every transport. */
export interface FlightHandlerOptions
  extends IpcReadOptions, IpcWriteOptions, RequestTimeOptions {
  /**
   * Is told once of every failure that is the fault of the service, and of which the client sees no
   * more than a fixed text or what was wrong with an answer: what a handler or an interceptor threw
   * that is no FlightError, and what a handler has returned that cannot be sent. Default: writes it to
   * the console.
   */
  readonly onError?: FlightErrorListener | undefined;
  /** What stands around the handlers, the outermost first; nothing by default. */
  readonly interceptors?: readonly FlightInterceptor[] | undefined;
  /**
   * gRPC services beside Flight, such as a `HealthService`; none by default. The same interceptors
   * stand around their methods.
   */
  readonly services?: readonly GrpcService[] | undefined;
  /**
   * Whether clients may ask which services, methods and messages there are: server reflection, v1 and
   * v1alpha, of which grpcurl and its like live. Default: false, since it tells whoever asks.
   */
  readonly reflection?: boolean | undefined;
}

/**
 * Answers calls by the methods of `service`, and of further services.
 *
 * @param service What answers the calls.
 * @param options Options.
 * @param place Where clients reach the server, as soon as it is known.
 * @throws {TypeError} When an option is of the wrong type.
 * @throws {RangeError} When an option is out of its range.
 */
export function callHandler(
  service: FlightService,
  options: FlightHandlerOptions = {},
  place: ServerPlace = {},
): CallHandler {
  const { onError = logError, reflection = false } = options;
  checkService(service);
  functionOption("onError", onError);
  booleanOption("reflection", reflection);
  const interceptors = interceptorsOption("interceptors", options.interceptors);
  const data = {
    reading: checkReadOptions(options),
    writing: writeSettings(options),
  };
  const times = requestTimesOf(options);
  const services = servicesOption(options.services);
  const routes = routesOf(
    service,
    reflection
      ? servicesOption([...services, ...reflectionServices(services)])
      : services,
  );
  return (request) =>
    answerCall(
      routes.get(request.path) ?? unknownRoute(request.path),
      request,
      { interceptors, onError, data, times, place },
    );
}

/** @throws {TypeError} When a handler cannot be called. */
function checkService(service: FlightService): void {
  if (typeof service !== "object" || service === null) {
    throw new TypeError(
      "Cannot serve this: a service is an object of handlers",
    );
  }
  for (const method of FLIGHT_METHODS) {
    const name = method[0]!.toLowerCase() + method.slice(1);
    const handler = (service as Record<string, unknown>)[name];
    if (handler === undefined || typeof handler === "function") continue;
    throw new TypeError(`Cannot serve this: ${name} is not a function`);
  }
}

function logError(error: unknown, { method, peer }: FlightCallContext): void {
  console.error(
    `${printable(method)} of ${printable(peer)} failed: ${
      printableError(error)
    }`,
  );
}
