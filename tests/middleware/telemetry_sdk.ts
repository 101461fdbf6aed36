/** The SDK of OpenTelemetry, which keeps the spans and metrics of a file of tests. */

import * as api from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  type AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { after, before, beforeEach } from "node:test";
import {
  callTelemetry,
  type FlightInterceptor,
} from "@contrail/flight/middleware";

/** Begin of the names of spans, before the method. */
export const METHOD = "arrow.flight.protocol.FlightService/";

/**
 * Installs the SDK for the tests of the file. Each test begins without spans.
 *
 * @param temporality Tells whether metrics are sums since the start or since the last export.
 * @returns The spans, the metrics with their reader, and the interceptor that makes both.
 */
export function telemetrySdk(temporality: AggregationTemporality) {
  const spans = new InMemorySpanExporter();
  const metrics = new InMemoryMetricExporter(temporality);
  const reader = new PeriodicExportingMetricReader({ exporter: metrics });
  const tracing = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
  });
  const metering = new MeterProvider({ readers: [reader] });
  before(() => {
    api.context.setGlobalContextManager(new AsyncLocalStorageContextManager());
    api.propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    api.trace.setGlobalTracerProvider(tracing);
    api.metrics.setGlobalMeterProvider(metering);
  });
  beforeEach(() => spans.reset());
  after(async () => {
    await metering.shutdown();
    await tracing.shutdown();
    api.context.disable();
    api.propagation.disable();
    api.trace.disable();
    api.metrics.disable();
  });
  // Made when the SDK is there.
  const telemetry: FlightInterceptor = (call, next) =>
    callTelemetry({ api })(call, next);
  return { spans, metrics, reader, telemetry };
}
