/** Methods by their paths. */

import type { Source } from "../base/source.ts";
import { streamOf } from "../base/source_stream.ts";
import { FlightError } from "../core/flight_error.ts";
import {
  FLIGHT_METHODS,
  methodOfPath,
  methodPath,
} from "../protocol/methods.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import type { OutgoingMessage } from "../seam/transport.ts";
import { checkBytes } from "../message/check_field.ts";
import type { FlightService } from "./flight_service.ts";
import {
  type GrpcMethod,
  type GrpcService,
  takesOneRequest,
} from "./grpc_service.ts";
import { type DataSettings, encoded, RPCS } from "./flight_methods.ts";

/** A method that a server has. */
export interface Route {
  /** Name of the method, as in `FlightCallContext.method`. */
  readonly method: string;
  /** True if the server has it. */
  readonly isKnown: boolean;
  /** Serves a call of it. */
  readonly answer: Answer;
  /** True if clients usually have their first message ready when they begin a call of it. */
  readonly isPrompt: boolean;
}

/** Stands for a method that the server does not have: interceptors see its calls too. */
export function unknownRoute(path: string): Route {
  const method = methodOfPath(path);
  return {
    // Of `/DoGet`, which is not Flight's, the short name would be that of a method that is.
    method: method !== "" && methodPath(method) === path ? method : path,
    isKnown: false,
    isPrompt: true,
    answer: () =>
      Promise.reject(
        new FlightError("UNIMPLEMENTED", `unknown method ${path}`),
      ),
  };
}

/** Serves one call. */
export type Answer = (
  requests: Source<Uint8Array>,
  context: FlightCallContext,
  data: DataSettings,
) => Promise<Source<OutgoingMessage>>;

/**
 * The methods of Flight and of further services.
 *
 * @param flight What answers the calls of Flight.
 * @param services The further services.
 * @returns The routes by their HTTP/2 path.
 */
export function routesOf(
  flight: FlightService,
  services: readonly GrpcService[],
): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>();
  const add = (method: string, answer: Answer, isPrompt: boolean): void => {
    routes.set(methodPath(method), { method, isKnown: true, answer, isPrompt });
  };
  for (const method of FLIGHT_METHODS) {
    add(
      method,
      (requests, context, data) =>
        RPCS[method](flight, requests, context, data),
      // The first batch of a stream may be a long time in the making.
      method !== "DoPut" && method !== "DoExchange",
    );
  }
  for (const { name, methods } of services) {
    for (const [method, handle] of Object.entries(methods)) {
      add(`${name}/${method}`, answerOf(handle), takesOneRequest(handle));
    }
  }
  return routes;
}

function answerOf(handle: GrpcMethod): Answer {
  return async (requests, context) =>
    encoded(
      context,
      "Uint8Arrays",
      await handle(streamOf(requests), context),
      (message) => checkBytes(message, `a message of ${context.method}`),
    );
}
