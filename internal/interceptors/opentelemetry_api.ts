/**
 * The part of `@opentelemetry/api` that is used here. The package is passed as an option, so that
 * only programs that trace need it.
 */

import type { FlightHeaders } from "../core/flight_headers.ts";

/** Attributes of a span or a measurement. */
export type OpenTelemetryAttributes = Record<string, string | number>;

/** Context of OpenTelemetry, opaque to all but the API. */
export type OpenTelemetryContext = object;

/** Span of a trace. */
export interface OpenTelemetrySpan {
  /**
   * Adds attributes.
   *
   * @param attributes The attributes.
   * @returns The span.
   */
  setAttributes(attributes: OpenTelemetryAttributes): unknown;
  /**
   * Sets the status of the operation.
   *
   * @param status A SpanStatusCode, and the reason.
   * @returns The span.
   */
  setStatus(status: { code: number; message?: string }): unknown;
  /** Ends the span. */
  end(): void;
}

/** Makes spans. */
export interface OpenTelemetryTracer {
  /**
   * Begins a span.
   *
   * @param name Its name.
   * @param options Its SpanKind and first attributes.
   * @param context The context of its parent.
   * @returns The span.
   */
  startSpan(
    name: string,
    options?: { kind?: number; attributes?: OpenTelemetryAttributes },
    context?: OpenTelemetryContext,
  ): OpenTelemetrySpan;
}

/** Collects measurements. */
export interface OpenTelemetryHistogram {
  /**
   * Adds a measurement.
   *
   * @param value The measurement.
   * @param attributes Its attributes.
   * @param context The context of its span.
   */
  record(
    value: number,
    attributes?: OpenTelemetryAttributes,
    context?: OpenTelemetryContext,
  ): void;
}

/** Makes instruments. */
export interface OpenTelemetryMeter {
  /**
   * Makes a histogram.
   *
   * @param name Its name.
   * @param options Its description, unit and the bounds of its buckets.
   * @returns The histogram.
   */
  createHistogram(
    name: string,
    options?: {
      description?: string;
      unit?: string;
      advice?: { explicitBucketBoundaries?: number[] };
    },
  ): OpenTelemetryHistogram;
}

/** The used part of `import * as api from "@opentelemetry/api"`. */
export interface OpenTelemetryApi {
  /** Traces. */
  readonly trace: {
    getTracer(name: string): OpenTelemetryTracer;
    setSpan(
      context: OpenTelemetryContext,
      span: OpenTelemetrySpan,
    ): OpenTelemetryContext;
  };
  /** Metrics. */
  readonly metrics: {
    getMeter(name: string): OpenTelemetryMeter;
  };
  /** Context of the running code. */
  readonly context: {
    active(): OpenTelemetryContext;
    with<T>(context: OpenTelemetryContext, run: () => T): T;
  };
  /** Passes a context between processes, such as by `traceparent`. */
  readonly propagation: {
    inject(
      context: OpenTelemetryContext,
      carrier: FlightHeaders,
      setter?: {
        set(carrier: FlightHeaders, key: string, value: string): void;
      },
    ): void;
    extract(
      context: OpenTelemetryContext,
      carrier: FlightHeaders,
      getter?: {
        get(carrier: FlightHeaders, key: string): string | undefined;
        keys(carrier: FlightHeaders): string[];
      },
    ): OpenTelemetryContext;
  };
}
