/** Traces and metrics of calls, with the SDK of OpenTelemetry. */
import * as api from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  AggregationTemporality,
  type Histogram,
} from "@opentelemetry/sdk-metrics";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  FlightError,
  type FlightHeaders,
  pathDescriptor,
} from "@contrail/flight";
import { callTelemetry } from "@contrail/flight/middleware";
import { assertFlightError } from "../support/rejections.ts";
import { METHOD, telemetrySdk } from "./telemetry_sdk.ts";
import { numbers } from "../support/numbers.ts";
import { interceptorTest } from "../support/transports.ts";

const SOME = pathDescriptor("some");

const { spans, metrics, reader, telemetry } = telemetrySdk(
  AggregationTemporality.DELTA,
);

/** The span of one side of the only call. */
function spanOf(kind: api.SpanKind): ReadableSpan {
  const [span, ...more] = spans.getFinishedSpans()
    .filter((span) => span.kind === kind);
  assertEquals(more, []);
  assert(span !== undefined, `no span of kind ${kind}`);
  return span;
}

interceptorTest(
  "callTelemetry(): a span for each side of a call, one the parent of the other",
  async (connectTo) => {
    let traceparent: string | undefined;
    await using peer = await connectTo({
      async *doGet(_ticket, { headers }) {
        traceparent = headers.get("traceparent");
        yield numbers(1);
        await Promise.resolve();
        // The work of a handler belongs to its call, also when it is read
        // later.
        api.trace.getTracer("test").startSpan("inside").end();
        yield numbers(2);
      },
    }, { clientInterceptors: [telemetry], serverInterceptors: [telemetry] });
    await api.trace.getTracer("test").startActiveSpan(
      "outside",
      async (outside) => {
        assertEquals(
          (await Array.fromAsync(peer.client.doGet("x"))).length,
          2,
        );
        outside.end();
      },
    );
    const client = spanOf(api.SpanKind.CLIENT);
    const server = spanOf(api.SpanKind.SERVER);
    const [inside] = spans.getFinishedSpans()
      .filter(({ name }) => name === "inside");
    const [outside] = spans.getFinishedSpans()
      .filter(({ name }) => name === "outside");
    const { traceId, spanId } = client.spanContext();
    assertEquals(traceparent, `00-${traceId}-${spanId}-01`);
    const parents = [client, server, inside!].map((span) =>
      span.parentSpanContext?.spanId
    );
    assertEquals(parents, [
      outside!.spanContext().spanId,
      spanId,
      server.spanContext().spanId,
    ]);
    assertEquals(
      new Set(spans.getFinishedSpans().map((s) => s.spanContext().traceId))
        .size,
      1,
    );
    for (const span of [client, server]) {
      assertEquals(span.name, `${METHOD}DoGet`);
      assertEquals(span.status.code, api.SpanStatusCode.UNSET);
      assertEquals(span.attributes["rpc.system.name"], "grpc");
      assertEquals(span.attributes["rpc.method"], `${METHOD}DoGet`);
      assertEquals(span.attributes["rpc.response.status_code"], "OK");
      assertEquals(span.attributes["error.type"], undefined);
    }
    const address = client.attributes["server.address"];
    if (address !== undefined) {
      assertEquals(address, "127.0.0.1");
      assertMatch(String(client.attributes["server.port"]), /^\d+$/);
    }
    assertEquals(server.attributes["server.address"], undefined);
  },
);

interceptorTest("callTelemetry(): spans of failed calls", async (connectTo) => {
  await using peer = await connectTo({
    getSchema: () => undefined,
    getFlightInfo() {
      throw new FlightError("UNAVAILABLE", "not now");
    },
  }, { clientInterceptors: [telemetry], serverInterceptors: [telemetry] });
  await assertFlightError(peer.client.getSchema(SOME), "NOT_FOUND");
  const missing = [api.SpanKind.CLIENT, api.SpanKind.SERVER].map(spanOf);
  for (const span of missing) {
    assertEquals(span.attributes["rpc.response.status_code"], "NOT_FOUND");
  }
  // A request for a missing thing is no failure of the server.
  assertEquals(missing.map(({ status }) => status), [
    { code: api.SpanStatusCode.ERROR, message: "no such flight" },
    { code: api.SpanStatusCode.UNSET },
  ]);
  assertEquals(
    missing.map(({ attributes }) => attributes["error.type"]),
    ["NOT_FOUND", undefined],
  );

  spans.reset();
  await assertFlightError(peer.client.getFlightInfo(SOME), "UNAVAILABLE");
  for (const kind of [api.SpanKind.CLIENT, api.SpanKind.SERVER]) {
    const { status, attributes } = spanOf(kind);
    assertEquals(status, {
      code: api.SpanStatusCode.ERROR,
      message: "not now",
    });
    assertEquals(attributes["error.type"], "UNAVAILABLE");
  }
});

interceptorTest(
  "callTelemetry(): durations are measured on both sides",
  async (connectTo) => {
    const instrumented = callTelemetry({ api });
    await using peer = await connectTo({
      getFlightInfo: () => ({}),
      getSchema: () => undefined,
    }, {
      clientInterceptors: [instrumented],
      serverInterceptors: [instrumented],
    });
    await reader.forceFlush();
    metrics.reset();
    await peer.client.getFlightInfo(SOME);
    await peer.client.getFlightInfo(SOME);
    await assertFlightError(peer.client.getSchema(SOME), "NOT_FOUND");
    await reader.forceFlush();
    const found = metrics.getMetrics().flatMap(({ scopeMetrics }) =>
      scopeMetrics
    )
      .flatMap(({ metrics }) => metrics);
    for (const side of ["client", "server"]) {
      const metric = found.find(({ descriptor }) =>
        descriptor.name === `rpc.${side}.call.duration`
      );
      assert(metric !== undefined, side);
      assertEquals(metric.descriptor.unit, "s");
      const points = metric.dataPoints.map(({ attributes, value }) => {
        const { count, sum, buckets } = value as Histogram;
        assert(sum! > 0 && sum! < 60, `${sum} seconds`);
        assertEquals(buckets.boundaries[0], 0.005);
        return [
          attributes["rpc.method"],
          attributes["rpc.response.status_code"],
          attributes["error.type"],
          count,
        ];
      });
      assertEquals(points, [
        [`${METHOD}GetFlightInfo`, "OK", undefined, 2],
        [
          `${METHOD}GetSchema`,
          "NOT_FOUND",
          side === "client" ? "NOT_FOUND" : undefined,
          1,
        ],
      ]);
    }
  },
);

interceptorTest(
  "callTelemetry(): without the API nothing is done",
  async (connectTo) => {
    let headers: FlightHeaders | undefined;
    const nothing = callTelemetry({ api: undefined });
    await using peer = await connectTo({
      getFlightInfo(_descriptor, context) {
        headers = context.headers;
        return {};
      },
    }, { clientInterceptors: [nothing], serverInterceptors: [nothing] });
    await peer.client.getFlightInfo(SOME);
    assertEquals(headers!.has("traceparent"), false);
    assertEquals(spans.getFinishedSpans(), []);
  },
);

interceptorTest(
  "callTelemetry(): what cannot travel as a header does not fail the call",
  async (connectTo) => {
    const odd: api.TextMapPropagator = {
      inject: (_context, carrier, setter) =>
        setter.set(carrier, "x odd", "\u00fc"),
      extract: (context) => context,
      fields: () => [],
    };
    api.propagation.disable();
    api.propagation.setGlobalPropagator(odd);
    try {
      await using peer = await connectTo({ getFlightInfo: () => ({}) }, {
        clientInterceptors: [telemetry],
      });
      await peer.client.getFlightInfo(SOME);
    } finally {
      api.propagation.disable();
      api.propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    }
  },
);

interceptorTest(
  "callTelemetry(): a name that a client made up makes no span or series of its own",
  async (connectTo) => {
    await using peer = await connectTo({}, { serverInterceptors: [telemetry] });
    await assertFlightError(
      Array.fromAsync(peer.client.call("made.Up/Method", [])),
      "UNIMPLEMENTED",
    );
    const span = spanOf(api.SpanKind.SERVER);
    assertEquals(span.name, "_OTHER");
    assertEquals(span.attributes["rpc.method"], "_OTHER");
  },
);
