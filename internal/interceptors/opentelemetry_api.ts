/**
 * The part of `@opentelemetry/api` that is used here, so that nobody needs the package who does not
 * trace: it is given as an option.
 */

import type { FlightHeaders } from "../core/flight_headers.ts";

/** What a span or a measurement is about. */
export type OpenTelemetryAttributes = Record<string, string | number>;

/** A context of OpenTelemetry; what it is only the API knows. */
export type OpenTelemetryContext = object;

/** A span of a trace. */
export interface OpenTelemetrySpan {
  /**
   * Adds attributes.
   *
   * @param attributes The attributes.
   * @returns The span.
   */
  setAttributes(attributes: OpenTelemetryAttributes): unknown;
  /**
   * Says how the operation ended.
   *
   * @param status A SpanStatusCode, and why.
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
   * @param context Where its parent is found.
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
   * @param attributes What it is about.
   * @param context Where its span is found.
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

/** What `import * as api from "@opentelemetry/api"` gives, as far as it is used. */
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
  /** The context of what is running. */
  readonly context: {
    active(): OpenTelemetryContext;
    with<T>(context: OpenTelemetryContext, run: () => T): T;
  };
  /** Carries a context from process to process, such as by `traceparent`. */
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
