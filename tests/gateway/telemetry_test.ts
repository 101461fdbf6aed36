/** The trace of a client through the gateway, to the engine and its executors, with the SDK of OpenTelemetry. */

import * as api from "@opentelemetry/api";
import { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { connect, serve } from "@contrail/flight";
import { ballista, flightSqlGateway } from "@contrail/flight/gateway";
import { flightSql } from "@contrail/flight/sql";
import { until } from "../support/events.ts";
import { assertFlightError } from "../support/rejections.ts";
import { METHOD, telemetrySdk } from "../middleware/telemetry_sdk.ts";
import { rowsUpTo, startBackend } from "./backends.ts";

const { spans, metrics, reader, telemetry } = telemetrySdk(
  AggregationTemporality.CUMULATIVE,
);
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const HEADERS = {
  traceparent: `00-${TRACE}-b7ad6b7169203331-01`,
  tracestate: "vendor=a",
};

/** Waits for the spans of a method, and returns them from the outermost to the innermost. */
async function chainOf(method: string, count: number): Promise<ReadableSpan[]> {
  const found = () =>
    spans.getFinishedSpans().filter(({ name }) => name === METHOD + method);
  await until(() => found().length >= count);
  const chain: ReadableSpan[] = [];
  let rest = found();
  assertEquals(rest.length, count);
  let parent = rest.find(({ parentSpanContext }) =>
    !rest.some((one) => one.spanContext().spanId === parentSpanContext?.spanId)
  );
  while (parent) {
    const { spanId } = parent.spanContext();
    chain.push(parent);
    rest = rest.filter((one) => one !== parent);
    parent = rest.find((one) => one.parentSpanContext?.spanId === spanId);
  }
  assertEquals(chain.length, count, "the spans are no chain");
  return chain;
}

/** Sides of calls in the order of a chain through a gateway. */
const THROUGH = [
  api.SpanKind.CLIENT,
  api.SpanKind.SERVER,
  api.SpanKind.CLIENT,
  api.SpanKind.SERVER,
];

test(
  "the spans of a query through the gateway are one chain, from the client to the backend",
  {
    timeout: 60_000,
  },
  async () => {
    await using backend = await startBackend({ interceptors: [telemetry] });
    await using server = await serve(
      flightSqlGateway(backend.uri, {
        connection: { interceptors: [telemetry] },
      }),
      { interceptors: [telemetry] },
    );
    await using flight = connect(server.location, {
      interceptors: [telemetry],
    });
    const client = flightSql(flight);
    const tracer = api.trace.getTracer("tests");
    const outer = tracer.startSpan("the program");
    await api.context.with(
      api.trace.setSpan(api.context.active(), outer),
      async () => assertEquals((await client.query("SELECT n")).length, 3),
    );
    outer.end();
    const { traceId, spanId } = outer.spanContext();
    for (const method of ["GetFlightInfo", "DoGet"]) {
      const chain = await chainOf(method, 4);
      assertEquals(chain.map(({ kind }) => kind), THROUGH);
      assertEquals(chain[0]!.parentSpanContext?.spanId, spanId);
      for (const span of chain) {
        assertEquals(span.spanContext().traceId, traceId);
        assertEquals(span.attributes["rpc.response.status_code"], "OK");
      }
      // The gateway names the backend, and the client the gateway.
      assertEquals(
        [0, 2].map((i) => chain[i]!.attributes["server.port"]),
        [server.port, backend.server.port],
      );
    }
  },
);

test(
  "an error of the backend is part of all spans, and calls are measured on both sides of the gateway",
  {
    timeout: 60_000,
  },
  async () => {
    await using backend = await startBackend({ interceptors: [telemetry] });
    await using server = await serve(
      flightSqlGateway(backend.uri, {
        connection: { interceptors: [telemetry] },
      }),
      { interceptors: [telemetry] },
    );
    await using flight = connect(server.location);
    await assertFlightError(
      flightSql(flight).query("FAIL").info(),
      "INVALID_ARGUMENT",
    );
    const chain = await chainOf("GetFlightInfo", 3);
    assertEquals(
      chain.map((span) => span.attributes["rpc.response.status_code"]),
      Array(3).fill("INVALID_ARGUMENT"),
    );
    await reader.forceFlush();
    const measured = metrics.getMetrics().at(-1)!.scopeMetrics
      .flatMap(({ metrics }) => metrics);
    for (const side of ["client", "server"]) {
      const name = `rpc.${side}.call.duration`;
      const points = measured.find(({ descriptor }) =>
        descriptor.name === name
      )!
        .dataPoints;
      assert(
        points.some(({ attributes }) =>
          attributes["rpc.method"] === `${METHOD}GetFlightInfo` &&
          attributes["rpc.response.status_code"] === "INVALID_ARGUMENT" &&
          (side === "server" ||
            attributes["server.port"] === backend.server.port)
        ),
        name,
      );
    }
  },
);

test(
  "the trace of a client is in the name of the engine's job, and reaches the scheduler and executors",
  {
    timeout: 60_000,
  },
  async () => {
    const seen: Record<string, (string | undefined)[]> = {};
    const note = (
      name: string,
      headers: { get(name: string): unknown },
    ): void => {
      seen[name] = ["traceparent", "tracestate", "cookie", "x-other"]
        .map((name) => headers.get(name) as string | undefined);
    };
    await using executor = await serve({
      doGet(_, { headers }) {
        note("executor", headers);
        return rowsUpTo(5);
      },
    });
    let command = "";
    await using scheduler = await serve({
      getFlightInfo(descriptor, { headers }) {
        note("scheduler", headers);
        if (descriptor.type === "CMD") {
          command = new TextDecoder().decode(descriptor.cmd);
        }
        return { endpoints: [{ ticket: Uint8Array.of(1) }] };
      },
    });
    const ids: (string | undefined)[] = [];
    await using server = await serve(
      flightSqlGateway(scheduler.location, {
        engine: {
          name: "fake",
          tag: ballista().tag!,
          locate: (ticket) => ({ location: executor.location, ticket }),
        },
        audit: ({ queryId, method }) =>
          void (method === "GetFlightInfo" && ids.push(queryId)),
      }),
    );
    await using flight = connect(server.location);
    const info = await flightSql(flight).query("SELECT 1", undefined, {
      headers: { ...HEADERS, cookie: "a=b", "x-other": "c" },
    }).info();
    const [endpoint] = info.endpoints;
    const table = await flight.doGet(endpoint!.ticket, {
      headers: { ...HEADERS, cookie: "a=b", "x-other": "c" },
    }).table();
    assertEquals(table.numRows, 5);
    // The audit log has the same identifier, so that each leads to the others.
    assert(
      command.includes(`/* ${ids[0]} trace ${TRACE} */ SELECT 1`),
      command,
    );
    const trace = [HEADERS.traceparent, HEADERS.tracestate];
    assertEquals(seen, {
      scheduler: [...trace, "a=b", undefined],
      executor: [...trace, undefined, undefined],
    });
  },
);
