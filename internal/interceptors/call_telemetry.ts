/** Traces and metrics of calls, by OpenTelemetry. */

import { objectOption } from "../core/check_option.ts";
import type { OptionNames } from "../core/known_options.ts";
import type { FlightErrorCode } from "../core/flight_error.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import { parseGrpcLocation } from "../protocol/location.ts";
import type { FlightCall, FlightInterceptor } from "./interceptor.ts";
import { type FlightCallCompletion, observed } from "./observe_response.ts";
import type {
  OpenTelemetryApi,
  OpenTelemetryAttributes,
  OpenTelemetryHistogram,
} from "./opentelemetry_api.ts";

/** Options of {@linkcode callTelemetry}. */
export interface CallTelemetryOptions {
  /**
   * The module `@opentelemetry/api`, with which an SDK registers itself; on Deno the variable
   * `OTEL_DENO=true` registers one. With `undefined`, if the package is absent, the interceptor
   * does nothing.
   */
  readonly api: OpenTelemetryApi | undefined;
}

/** The names of {@linkcode CallTelemetryOptions}. */
const CALL_TELEMETRY_OPTIONS: OptionNames<CallTelemetryOptions> = {
  api: true,
};

const NAME = "@contrail/flight";

/** `SpanKind` of the API. */
const SPAN_KIND = { server: 1, client: 2 } as const;

/** `SpanStatusCode.ERROR` of the API. */
const STATUS_ERROR = 2;

/** Codes that blame the server; the others blame its client. */
const SERVER_ERRORS: readonly string[] = [
  "UNKNOWN",
  "DEADLINE_EXCEEDED",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
] satisfies FlightErrorCode[];

/** Bucket boundaries that the conventions recommend, in seconds. */
const BOUNDARIES = [
  0.005,
  0.01,
  0.025,
  0.05,
  0.075,
  0.1,
  0.25,
  0.5,
  0.75,
  1,
  2.5,
  5,
  7.5,
  10,
];

/**
 * Makes an interceptor that traces and measures calls: a span for each, of kind CLIENT or SERVER,
 * and the histogram `rpc.client.call.duration` or `rpc.server.call.duration` in seconds, with the
 * names and attributes of the semantic conventions for RPC and gRPC.
 *
 * The context travels by the propagators that are registered with the API, by default in the header
 * `traceparent` of W3C Trace Context; handlers run in the context of their span. Without a
 * registered SDK the API does nothing, and neither does this.
 *
 * @param options The API.
 * @returns The interceptor, for the client or the server; the first of the list also traces the
 * work of the others.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/rpc/grpc/
 *
 * @example
 * ```ts
 * import { connectInMemory } from "@contrail/flight/memory";
 * import { callTelemetry } from "@contrail/flight/middleware";
 *
 * const api = await import("@opentelemetry/api").catch(() => undefined);
 * await using client = connectInMemory({ listActions: () => [] }, {
 *   interceptors: [callTelemetry({ api })],
 *   serverInterceptors: [callTelemetry({ api })],
 * });
 * await Array.fromAsync(client.listActions());
 * ```
 */
export function callTelemetry(
  options: CallTelemetryOptions,
): FlightInterceptor {
  const { api } = objectOption("options", options, CALL_TELEMETRY_OPTIONS);
  if (api === undefined) return (call, next) => next(call);
  const tracer = api.trace.getTracer(NAME);
  const durations = {
    client: durationOf(api, "client"),
    server: durationOf(api, "server"),
  };
  return (call, next) => {
    const { side } = call;
    const parent = side === "server"
      ? api.propagation.extract(api.context.active(), call.headers, GETTER)
      : api.context.active();
    // A name that a peer made up would give a metric any number of series.
    const method = call.side === "client" || call.isKnown
      ? call.path.slice(1)
      : "_OTHER";
    const attributes: OpenTelemetryAttributes = {
      "rpc.system.name": "grpc",
      "rpc.method": method,
      ...addressOf(call),
    };
    const span = tracer.startSpan(
      method,
      { kind: SPAN_KIND[side], attributes },
      parent,
    );
    const context = api.trace.setSpan(parent, span);
    if (side === "client") {
      api.propagation.inject(context, call.headers, SETTER);
    }
    const startMs = performance.now();
    const response = api.context.with(context, () => next(call));
    const { messages } = response;
    return observed(call, {
      ...response,
      messages: {
        // A generator runs when it is read.
        read: () => api.context.with(context, () => messages.read()),
        cancel: (reason) => messages.cancel(reason),
      },
    }, {
      onCompleted(completion) {
        const outcome = outcomeOf(call, completion);
        span.setAttributes(outcome);
        if (outcome["error.type"] !== undefined) {
          const { error } = completion;
          span.setStatus({
            code: STATUS_ERROR,
            ...(FlightError.is(error) && { message: error.details }),
          });
        }
        span.end();
        durations[side].record(
          (performance.now() - startMs) / 1000,
          { ...attributes, ...outcome },
          context,
        );
      },
    });
  };
}

function durationOf(
  api: OpenTelemetryApi,
  side: FlightCall["side"],
): OpenTelemetryHistogram {
  return api.metrics.getMeter(NAME).createHistogram(
    `rpc.${side}.call.duration`,
    {
      description: `Measures the duration of an ${
        side === "client" ? "outgoing" : "incoming"
      } Remote Procedure Call (RPC).`,
      unit: "s",
      advice: { explicitBucketBoundaries: BOUNDARIES },
    },
  );
}

function outcomeOf(
  { side }: FlightCall,
  { code }: FlightCallCompletion,
): OpenTelemetryAttributes {
  const isError = code !== "OK" &&
    (side === "client" || SERVER_ERRORS.includes(code));
  return {
    "rpc.response.status_code": code,
    ...(isError && { "error.type": code }),
  };
}

/**
 * Returns the server as a client names it. A server's own attributes omit the addresses of clients.
 */
function addressOf({ side, peer }: FlightCall): OpenTelemetryAttributes {
  if (side === "server" || peer === "memory") return {};
  const address = parseGrpcLocation(peer);
  return address.kind === "unix"
    ? { "server.address": address.path }
    : { "server.address": address.hostname, "server.port": address.port };
}

const GETTER = {
  get: (headers: FlightHeaders, key: string) =>
    headers.getAll(key).find((value) => typeof value === "string"),
  keys: (headers: FlightHeaders) => [...headers].map(([name]) => name),
};

const SETTER = {
  set(headers: FlightHeaders, key: string, value: string): void {
    try {
      headers.set(key, value);
    } catch {
      // A value that cannot be sent as a header stays here: a call must not fail because of a
      // trace.
    }
  },
};
