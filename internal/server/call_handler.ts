/** Joins a FlightService to the seam: a transport calls what {@linkcode callHandler} returns. */

import type { FlightCallContext } from "../core/call_context.ts";
import { FlightError } from "../core/flight_error.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import {
  type FlightInterceptor,
  interceptorsOption,
} from "../middleware/interceptor.ts";
import type {
  CallHandler,
  CallResponse,
  OutgoingMessage,
} from "../transport/transport.ts";
import type { FlightService } from "./flight_service.ts";
import { type GrpcService, servicesOption } from "./grpc_service.ts";
import { routesOf } from "./routes.ts";
import { answerCall } from "./server_call.ts";

/** Is told of every failure that the client does not get to see. */
export type FlightErrorListener = (
  error: unknown,
  context: FlightCallContext,
) => void;

/** Options of what answers calls, on every transport. */
export interface FlightHandlerOptions {
  /**
   * Is told of every error that a handler or an interceptor threw and that is not a FlightError,
   * which the client does not get to see. Default: writes it to the console.
   */
  readonly onError?: FlightErrorListener | undefined;
  /** What stands around the handlers, the outermost first; nothing by default. */
  readonly interceptors?: readonly FlightInterceptor[] | undefined;
  /** gRPC services beside Flight, behind the same interceptors; none by default. */
  readonly services?: readonly GrpcService[] | undefined;
}

/**
 * Answers calls by the methods of `service`, and of further services.
 *
 * @throws {TypeError} When an option is of the wrong type.
 */
export function callHandler(
  service: FlightService,
  options: FlightHandlerOptions = {},
): CallHandler {
  const { onError = logError } = options;
  const interceptors = interceptorsOption("interceptors", options.interceptors);
  const routes = routesOf(service, servicesOption(options.services));
  return (request) => {
    const route = routes.get(request.path);
    return route === undefined
      ? refusal(
        new FlightError("UNIMPLEMENTED", `unknown method ${request.path}`),
      )
      : answerCall(route, request, { interceptors, onError });
  };
}

function logError(error: unknown, { method, peer }: FlightCallContext): void {
  console.error(`${method} of ${peer} failed:`, error);
}

function refusal(error: FlightError): CallResponse<OutgoingMessage> {
  return {
    headers: Promise.resolve(new FlightHeaders()),
    messages: { read: () => Promise.reject(error), cancel: () => {} },
    trailers: () => new FlightHeaders(),
  };
}
