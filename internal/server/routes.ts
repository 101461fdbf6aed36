/** Methods by their paths. */

import type { Source } from "../base/source.ts";
import { streamOf } from "../base/source_stream.ts";
import { FlightError } from "../core/flight_error.ts";
import {
  FLIGHT_METHODS,
  type FlightMethod,
  methodOfPath,
  methodPath,
  ONE_REQUEST_METHODS,
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
  /**
   * Number of reads that a client need not keep waiting: one if it usually has its first message ready when it begins
   * a call, two if that is its only message, since the second read is the end then.
   */
  readonly promptReads: 0 | 1 | 2;
}

/** Stands for a method that the server does not have: interceptors see its calls too. */
export function unknownRoute(path: string): Route {
  const method = methodOfPath(path);
  return {
    // Of `/DoGet`, which is not Flight's, the short name would be that of a method that is.
    method: method !== "" && methodPath(method) === path ? method : path,
    isKnown: false,
    promptReads: 0,
    answer: () =>
      Promise.reject(
        new FlightError("UNIMPLEMENTED", `unknown method ${path}`),
      ),
  };
}

function promptReadsOf(method: FlightMethod): Route["promptReads"] {
  if (ONE_REQUEST_METHODS.includes(method)) return 2;
  // The first batch of a stream may be a long time in the making.
  return method === "Handshake" ? 1 : 0;
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
  const add = (
    method: string,
    answer: Answer,
    promptReads: Route["promptReads"],
  ): void => {
    routes.set(methodPath(method), {
      method,
      isKnown: true,
      answer,
      promptReads,
    });
  };
  for (const method of FLIGHT_METHODS) {
    add(
      method,
      (requests, context, data) =>
        RPCS[method](flight, requests, context, data),
      promptReadsOf(method),
    );
  }
  for (const { name, methods } of services) {
    for (const [method, handle] of Object.entries(methods)) {
      add(
        `${name}/${method}`,
        answerOf(handle),
        takesOneRequest(handle) ? 2 : 0,
      );
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
