/** Joins a FlightService to the seam: a transport calls what {@linkcode callHandler} returns. */

import { printable, printableError } from "../base/printable.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import { booleanOption, functionOption } from "../core/check_option.ts";
import { checkReadOptions, writeSettings } from "../ipc/encode/ipc_settings.ts";
import { interceptorsOption } from "../interceptors/interceptor.ts";
import type { CallHandler } from "../seam/transport.ts";
import { putCodecParts } from "../stream/codec_parts.ts";
import type { FlightService } from "./flight_service.ts";
import { servicesOption } from "./grpc_service.ts";
import { reflectionServices } from "./reflection.ts";
import type { FlightHandlerOptions } from "./handler_options.ts";
import { requestTimesOf } from "./request_times.ts";
import { checkService } from "./check_service.ts";
import { routesOf, unknownRoute } from "./routes.ts";
import { answerCall, type ServerPlace } from "./answer_call.ts";

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
  putCodecParts();
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

function logError(error: unknown, { method, peer }: FlightCallContext): void {
  console.error(
    `${printable(method)} of ${printable(peer)} failed: ${
      printableError(error)
    }`,
  );
}
